"""Plans operations: which requests to send to which subgraphs, in which order, and how to read the answer."""

from __future__ import annotations

from dataclasses import replace

from graphql import DocumentNode

from gateway.planner.assemble import Assembler, conditional, parallel, sequence
from gateway.planner.budget import Meter, Pause, PlanBudget
from gateway.planner.choose import Chooser
from gateway.planner.errors import PlanError
from gateway.planner.fetch_graph import FetchGraphBuilder
from gateway.planner.introspect import plan_introspection
from gateway.planner.nodes import Node, QueryPlan, SubscriptionNode
from gateway.planner.normalise import Operation, pick_operation, read_operation
from gateway.planner.operation import OpField, OpSelection, flatten, spend_for_all
from gateway.planner.optimise import optimise_steps
from gateway.planner.output import OutputBuilder
from gateway.planner.printer import print_plan
from gateway.planner.refuse import Refuser
from gateway.planner.request_text import shared_guards
from gateway.planner.slots import Slots
from gateway.planner.steps import KeySpace, Step
from gateway.planner.turns import turns
from gateway.supergraph import Supergraph
from gateway.supergraph.type_index import TypeIndex

__all__ = ["PlanBudget", "PlanError", "QueryPlan", "plan_operation", "print_plan"]


def plan_operation(
    supergraph: Supergraph,
    document: DocumentNode,
    operation_name: str | None = None,
    *,
    budget: PlanBudget | None = None,
    labels: frozenset[str] = frozenset(),
    pause: Pause | None = None,
    refused: frozenset[str] = frozenset(),
) -> QueryPlan:
    """Plans one operation of a document that is valid against the API schema.

    Args:
        budget: how much work planning may cost.
        labels: the override labels active for this request; they belong to the key of any plan cache.
        refused: coordinates of fields that the client may not see; they are null and not fetched.
        pause: called now and then; what it raises ends the planning.

    Raises:
        PlanError: the operation is not in the document, too complex, or cannot be resolved.
    """
    try:
        return _plan(supergraph, document, operation_name, Meter(budget or PlanBudget(), pause), labels, refused)
    except RecursionError as error:
        raise PlanError("PLAN_BUDGET_EXCEEDED", "the operation is nested too deeply to plan") from error


def _plan(
    supergraph: Supergraph,
    document: DocumentNode,
    operation_name: str | None,
    meter: Meter,
    labels: frozenset[str],
    refused: frozenset[str],
) -> QueryPlan:
    operation = read_operation(document, operation_name, meter)
    refuser = Refuser(refused, supergraph.type_index, meter)
    fetched = operation
    if refused:
        shown, kept = refuser.split(operation.root, supergraph.model.roots[operation.kind])
        operation, fetched = replace(operation, root=shown), replace(operation, root=kept)
    planning = _Planning(supergraph, operation, fetched, meter, labels)
    try:
        node = planning.node()
    finally:
        planning.forget()
    if operation.kind == "query":
        meta = plan_introspection(document, pick_operation(document, operation_name), planning.root_fields)
        node = parallel([item for item in (meta, node) if item is not None])
    output = OutputBuilder(supergraph.api_schema, supergraph.model).selection(planning.shown)
    refusals = tuple(refuser.refusals)
    return QueryPlan(operation.kind, operation.name, node, output, operation.defaults, refusals)


class _Planning:
    """Everything that belongs to planning one operation."""

    def __init__(
        self, supergraph: Supergraph, operation: Operation, fetched: Operation, meter: Meter, labels: frozenset[str]
    ) -> None:
        self._operation = operation
        self._meter = meter
        search = supergraph.search(labels)
        index = supergraph.type_index
        spend_for_all((operation.root,), meter)
        root = supergraph.model.roots[operation.kind]
        self.root = self._selection(root, fetched, index)
        self.shown = self.root if fetched is operation else self._selection(root, operation, index)
        slots = Slots(operation.root, operation.declarations)
        self.root_fields = self.root.fields_for(root)
        self._chooser = Chooser(search, index, meter)
        self._builder = FetchGraphBuilder(self._chooser, index, KeySpace((operation.root,)), slots)
        self._assembler = Assembler(search.graph, operation.declarations)

    def _selection(self, root: str, operation: Operation, index: TypeIndex) -> OpSelection:
        items = flatten(operation.root, index.possible(root), (), index, self._meter)
        return OpSelection(root, items, index, self._meter)

    def forget(self) -> None:
        """Lets go of what was found out on the way."""
        self._chooser.forget()

    def node(self) -> Node | None:
        if self._operation.kind == "query":
            self._builder.query(self.root)
            optimise_steps(self._builder.steps, self._meter)
            return self._assembler.tree(self._builder.steps)
        fields = [field for field in self.root_fields if not field.name.startswith("__")]
        return self._subscription(fields) if self._operation.kind == "subscription" else self._mutation()

    def _mutation(self) -> Node | None:
        """Root fields one after another, each with all that follows from it before the next.

        Neighbours in one subgraph share a request as long as no other subgraph has to be asked in between. A
        field whose turn depends on conditions is asked for by itself, at each place where its turn may be.
        """
        nodes: list[Node] = []
        group: list[Step] = []
        previous: Step | None = None
        for field, turn in turns(self.root.shown_for(self.root.type)):
            before = len(self._builder.steps)
            step = self._builder.root_field(field, "mutation", None if turn else previous)
            made = self._builder.steps[before:]
            if turn:
                nodes += self._finish(group) + [conditional(turn, node) for node in self._finish(made)]
                group, previous = [], None
                continue
            if step is not previous and group:
                nodes += self._finish(group)
                group = []
            group += made
            previous = step if made in ([], [step]) else None
        return sequence(nodes + self._finish(group))

    def _finish(self, group: list[Step]) -> list[Node]:
        optimise_steps(group, self._meter)
        node = self._assembler.tree(group)
        return [] if node is None else [node]

    def _subscription(self, fields: list[OpField]) -> Node | None:
        if not fields:
            return None
        step = self._builder.root_field(fields[0], "subscription", None)
        optimise_steps(self._builder.steps, self._meter)
        rest = [item for item in self._builder.steps if item is not step]
        guards = shared_guards([step.out])
        primary = self._assembler.fetch(step, guards)
        return conditional(guards, SubscriptionNode(primary, self._assembler.tree(rest)))
