"""Stage 5: the plan of an operation, made once for each text, operation name and set of override labels."""

from __future__ import annotations

import asyncio
from typing import Final

from graphql import DocumentNode

from gateway.executor import CompiledPlan, compile_plan, lay_out
from gateway.pipeline.documents import Documents
from gateway.pipeline.errors import PlanningFailed
from gateway.pipeline.lru import LRU
from gateway.pipeline.operation import choose_operation
from gateway.pipeline.planning import Pause, PlanningThread, no_pause
from gateway.pipeline.variables import VariableReader, deciding
from gateway.planner import PlanError, QueryPlan, plan_operation
from gateway.planner.nodes import Introspection, Parallel, Selection
from gateway.supergraph import Supergraph

PlanKey = tuple[str, str | None, frozenset[str], frozenset[str]]
"""Text, operation name, active override labels, coordinates of the fields that the client may not see."""


_MOST_COMPILED: Final = 400
"""Fields of a plan that becomes code. Python compiles without a break, for about 20 ms where there are as many."""

_WEIGHT_OF_FIELD: Final = 500
"""Bytes or so that a plan takes for each field, and its code."""


_SHORT: Final = 256
"""Characters of a text that is parsed and validated within a millisecond or so."""


class PlannedOperation:
    """A plan, compiled when it is asked for again: what is asked for once does not repay it.

    That of a subscription is compiled at once, for it completes many events.

    Attributes:
        variables: reads the operation's variables; None where it has none.
        fields: how many its answer has, those of each possible type counted.
    """

    __slots__ = ("_compiled", "_compiles", "_used", "fields", "plan", "variables")

    def __init__(self, variables: VariableReader | None, plan: QueryPlan, compiles: bool) -> None:
        self.variables = variables
        self.plan = plan
        self.fields = _count(plan.output, set())
        self._compiles = compiles and self.fields <= _MOST_COMPILED and not _introspects(plan)
        self._used = plan.kind == "subscription"
        self._compiled: CompiledPlan | None = None

    def compiled(self) -> CompiledPlan | None:
        """The compiled plan from the second use on, where plans are compiled at all."""
        if self._compiled is None and self._compiles:
            if self._used:
                self._compiled = compile_plan(self.plan)
            self._used = True
        return self._compiled

    def laid_out(self) -> CompiledPlan | None:
        """What the first use of a single fetch can run without a task; None for other plans."""
        return lay_out(self.plan) if self._compiles else None

    @property
    def reused(self) -> bool:
        """Whether it has been compiled."""
        return self._compiled is not None


class PlanCache:
    """The plans of one supergraph.

    Args:
        documents: makes valid documents of texts.
        compiles: whether plans are compiled.
        introspection: whether refused variables may tell names of the schema.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        documents: Documents,
        plans: LRU[PlanKey, PlannedOperation],
        compiles: bool,
        introspection: bool,
    ) -> None:
        self._supergraph = supergraph
        self._documents = documents
        self._introspection = introspection
        self._compiles = compiles
        self._plans = plans
        self._under_way: dict[PlanKey, asyncio.Future[PlannedOperation]] = {}

    def known(self, key: PlanKey) -> PlannedOperation | None:
        """The plan of an operation, where it has been made."""
        return self._plans.get(key)

    def at_once(self, key: PlanKey, thread: PlanningThread) -> PlannedOperation | None:
        """The plan of a short text, made here and now; None where that is for the thread. Raises RequestError."""
        if len(key[0]) > _SHORT:
            return None
        planned = thread.at_once(lambda pause: self.plan(key, pause))
        if planned is not None:
            self._keep_plan(key, planned)
        return planned

    async def find(self, key: PlanKey, thread: PlanningThread) -> PlannedOperation:
        """The plan of an operation; whoever asks for the same at the same time waits for the same planning.

        That goes on when one of them leaves.

        Raises:
            RequestError: the document or the operation is refused, or there is too much to plan.
        """
        planned = self._plans.get(key)
        if planned is not None:
            return planned
        work = self._under_way.get(key)
        if work is None:
            work = thread.start(lambda pause: self.plan(key, pause))
            self._under_way[key] = work
            work.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(work)

    def plan(self, key: PlanKey, pause: Pause = no_pause) -> PlannedOperation:
        """Plans an operation, here and now. Raises RequestError."""
        query, operation_name, labels, refused = key
        document = self._documents.find(query, pause)
        operation = choose_operation(document, operation_name)
        plan = self._plan(document, operation_name, labels, refused, pause)
        reader = None
        if operation.variable_definitions:
            definitions = operation.variable_definitions
            never_null = deciding(document, definitions)
            reader = VariableReader(self._supergraph.api_schema, definitions, self._introspection, never_null)
        return PlannedOperation(reader, plan, self._compiles)

    def _plan(
        self,
        document: DocumentNode,
        operation_name: str | None,
        labels: frozenset[str],
        refused: frozenset[str],
        pause: Pause,
    ) -> QueryPlan:
        try:
            return plan_operation(
                self._supergraph, document, operation_name, labels=labels, refused=refused, pause=pause
            )
        except PlanError as error:
            raise PlanningFailed(error.code, error.message) from None

    def _keep(self, key: PlanKey, work: asyncio.Future[PlannedOperation]) -> None:
        del self._under_way[key]
        if not work.cancelled() and work.exception() is None:
            self._keep_plan(key, work.result())

    def _keep_plan(self, key: PlanKey, planned: PlannedOperation) -> None:
        self._plans.put(key, planned, len(key[0]) + _WEIGHT_OF_FIELD * planned.fields)


def _introspects(plan: QueryPlan) -> bool:
    """Whether the schema is asked for: that takes a while, and is computed beside the loop, for which a task waits."""
    nodes = plan.node.nodes if isinstance(plan.node, Parallel) else (plan.node,)
    return any(isinstance(node, Introspection) for node in nodes)


def _count(selection: Selection, seen: set[int]) -> int:
    """The fields of a selection and of all below it, equal selections once."""
    if id(selection) in seen:
        return 0
    seen.add(id(selection))
    count = 0
    for fields in selection.by_type.values():
        count += len(fields) + sum(_count(field.children, seen) for field in fields if field.children is not None)
    return count
