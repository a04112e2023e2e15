"""From the fetch graph to the plan's nodes: waves of requests, one per subgraph in each wave where possible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.planner.nodes import (
    BatchFetch,
    Cast,
    Condition,
    ContextCall,
    ContextFetch,
    EntityCall,
    EntityFetch,
    Fetch,
    Node,
    Parallel,
    Path,
    Request,
    Sequence,
    Target,
)
from gateway.planner.operation import Guards
from gateway.planner.request_text import RequestText, shared_guards
from gateway.planner.steps import Out, Step
from gateway.planner.waves import waves
from gateway.supergraph.graph import MoveGraph


@dataclass
class Call:
    """Entity steps that one `_entities` field can serve."""

    out: Out
    shapes: dict[str, str]
    guards: Guards = ()
    slots: dict[str, str] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    path: Path = ()


class Assembler:
    """Makes nodes of steps. `declarations` are the client's variables."""

    def __init__(self, graph: MoveGraph, declarations: Mapping[str, str]) -> None:
        self._graph = graph
        self._declarations = declarations
        self._distinct = False

    def tree(self, steps: list[Step]) -> Node | None:
        """All steps in the order in which they can be run; None for none."""
        self._distinct = any(step.contexts for step in steps)
        return sequence([found for wave in waves(steps) if (found := self._wave(wave))])

    def _wave(self, steps: list[Step]) -> Node | None:
        nodes: list[Node] = [self._root(step) for step in steps if step.entity is None]
        groups: dict[str, list[Step]] = {}
        for step in steps:
            if step.entity is not None:
                groups.setdefault(step.graph, []).append(step)
        nodes += [self._entities(subgraph, group) for subgraph, group in groups.items()]
        return parallel(nodes)

    def _root(self, step: Step) -> Node:
        guards = shared_guards([step.out])
        return conditional(guards, self.fetch(step, guards))

    def fetch(self, step: Step, assumed: Guards = ()) -> Fetch:
        """A root step as one request."""
        text = RequestText(self._graph, step.graph, self._declarations)
        renames = text.resolve_conflicts([step.out])
        query = text.operation(step.kind, text.selection(step.out, assumed))
        keys = tuple(dict.fromkeys(key for key, _ in step.out.fields))
        return Fetch(Request(step.graph, query, step.kind, text.variables), step.path, keys, renames, self._distinct)

    def _entities(self, subgraph: str, steps: list[Step]) -> Node:
        calls: list[Call] = []
        for step in steps:
            self._join(calls, step)
        # What all calls depend on decides on the request; of the others, each decides on its call alone.
        guards = calls[0].guards if len({call.guards for call in calls}) == 1 else ()
        if any(call.slots for call in calls):
            return conditional(guards, self._contextual(subgraph, guards, calls))
        text = RequestText(self._graph, subgraph, self._declarations)
        fields: list[str] = []
        built: list[EntityCall] = []
        for number, call in enumerate(calls):
            alias = "_entities" if len(calls) == 1 else f"_e{number}"
            variable = self._variable("representations" if len(calls) == 1 else f"representations{number}")
            renames = text.resolve_conflicts([call.out])
            name = alias if alias == "_entities" else f"{alias}: _entities"
            fields.append(f"{name}(representations: ${variable}){text.selection(call.out, call.guards)}")
            own = () if guards else call.guards
            built.append(EntityCall(alias, variable, tuple(call.targets), renames, own, self._distinct))
        declared = [f"${call.variable}: [_Any!]!" for call in built]
        query = text.operation("query", "{" + " ".join(fields) + "}", declared)
        request = Request(subgraph, query, "query", text.variables)
        node: Node = BatchFetch(request, tuple(built)) if len(built) > 1 else EntityFetch(request, built[0])
        return conditional(guards, node)

    def _contextual(self, subgraph: str, guards: Guards, calls: list[Call]) -> ContextFetch:
        built: list[ContextCall] = []
        prefix = self._prefix("representations")
        used: set[str] = set()
        for call in calls:
            text = RequestText(self._graph, subgraph, self._declarations)
            renames = text.resolve_conflicts([call.out])
            own = () if guards else call.guards
            entities = EntityCall("_e", prefix, tuple(call.targets), renames, own, self._distinct)
            known = list(call.slots)
            # Slots begin with a word that the client never used, so a match is nothing else.
            parts = re.split(rf"\$({'|'.join(known)})\b" if known else r"(?!)()", text.selection(call.out, call.guards))
            slots = tuple(known.index(name) for name in parts[1::2])
            variables = frozenset(text.variables)
            used |= variables
            built.append(ContextCall(entities, tuple(parts[::2]), slots, tuple(call.slots.values()), variables))
        names = tuple(name for name in self._declarations if name in used)
        declared = tuple(self._declarations[name] for name in names)
        return ContextFetch(subgraph, tuple(built), declared, names, self._prefix("contextual"))

    def _variable(self, name: str) -> str:
        while name in self._declarations:
            name = f"_{name}"
        return name

    def _prefix(self, name: str) -> str:
        while any(declared.startswith(name) for declared in self._declarations):
            name = f"_{name}"
        return name

    def _join(self, calls: list[Call], step: Step) -> None:
        """Adds the step to a call that asks the same, or asks other types at the same place."""
        assert step.entity is not None, "only entity steps are joined"
        shape = RequestText(self._graph, step.graph, self._declarations).selection(step.out)
        guards = shared_guards([step.out])
        slots = {name: step.contexts[name].type for name in sorted(step.contexts)}
        contexts = tuple(step.contexts[name].setters for name in slots)
        target = Target(step.path, step.typename, step.inputs, contexts)
        place = tuple(item for item in step.path if not isinstance(item, Cast))
        for call in calls:
            same = call.shapes.get(step.entity) == shape and call.slots == slots
            if same or (
                call.guards == guards
                and not slots
                and not call.slots
                and self._may_share(call, step.entity)
                and call.path == place
            ):
                call.shapes[step.entity] = shape
                call.out.cast(step.entity).absorb(step.out)
                call.targets.append(target)
                return
        out = Out("_Entity", casts={step.entity: step.out})
        calls.append(Call(out, {step.entity: shape}, guards, slots, [target], place))

    def _may_share(self, call: Call, entity: str) -> bool:
        """Fragments on different object types never select from the same object."""
        return entity not in call.shapes and not any(self._graph.is_abstract(name) for name in (*call.shapes, entity))


def sequence(nodes: list[Node]) -> Node | None:
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Sequence) else (node,))]
    return (flat[0] if len(flat) == 1 else Sequence(tuple(flat))) if flat else None


def parallel(nodes: list[Node]) -> Node | None:
    return (nodes[0] if len(nodes) == 1 else Parallel(tuple(nodes))) if nodes else None


def conditional(guards: Guards, node: Node) -> Node:
    return Condition(guards, node) if guards else node
