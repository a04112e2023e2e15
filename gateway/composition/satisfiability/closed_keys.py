"""Why no key leads from where an object is being read into another subgraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.composition.reason import Reason, ReasonKind
from gateway.composition.satisfiability.moves import Moves
from gateway.supergraph.graph import State
from gateway.supergraph.reach import States
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel, print_field_set


@dataclass(frozen=True, slots=True)
class _Missing:
    """The part of a key that cannot be had: its type and field, and from where it was looked for."""

    type: str
    field: str
    states: States


class ClosedKeys:
    """The closed ways of one failure. `states` are all in which the object can be read."""

    def __init__(self, moves: Moves, type_name: str, states: States) -> None:
        self._moves = moves
        self._type = type_name
        self._all = states

    def reasons(self, target: State, states: Iterable[State]) -> Iterator[Reason]:
        """Why `target` cannot be entered from each of these states."""
        definition = self._moves.model.types[target.type]
        keys = definition.joins[target.graph].keys if target.graph in definition.joins else ()
        for key in keys:
            text = print_field_set(key.fields)
            missing = self._missing(key.fields, self._all, target.graph) if key.resolvable else None
            # Had with the target's help, which does not count: see `Reach`.
            inside = missing is not None and self._moves.reach.supplied(key.fields, self._all)
            for state in states:
                if not key.resolvable:
                    kind, field = ReasonKind.KEY_NOT_RESOLVABLE, None
                elif missing is None:
                    kind, field = ReasonKind.KEY_FIELD_UNREACHABLE, f"{self._type}.{_first(key.fields)}"
                else:
                    kind = ReasonKind.KEY_FIELD_UNREACHABLE if inside else self._kind(missing, state)
                    field = f"{missing.type}.{missing.field}"
                yield Reason(kind, state.graph, self._type, field, target.graph, text)
        if not keys:
            for state in states:
                yield Reason(ReasonKind.NO_KEY, state.graph, self._type, target=target.graph)

    def _missing(self, fields: FieldSet, states: States, closed: str) -> _Missing | None:
        """The first part of a field set that cannot be read from these states, as deep as it lies."""
        reach = self._moves.reach
        for item in fields:
            if reach.supplied((item,), states, closed):
                continue
            if isinstance(item, FragmentSel):
                narrowed = {seen for state in states if (seen := reach.graph.narrow(state, item.type))}
                return self._missing(item.selections, frozenset(narrowed), closed)
            here = _Missing(next(iter(sorted({state.type for state in states})), self._type), item.name, states)
            moves = [move for state in states if (move := reach.graph.field(state, item.name)) and not move.requires]
            targets = frozenset(move.target for move in moves if move.target)
            if not item.selections or not targets:
                return here
            return self._missing(item.selections, reach.all_around(targets, closed), closed) or here
        return None

    def _kind(self, missing: _Missing, state: State) -> ReasonKind:
        """What keeps the missing part from being read in the state's subgraph."""
        entry = self._moves.model.types[missing.type].fields.get(missing.field)
        if self._moves.labels(missing.type, missing.field) and self._mentions(missing, state.graph):
            return ReasonKind.KEY_FIELD_ROLLED_OUT
        if entry is None or (entry.joins and not self._mentions(missing, state.graph)):
            taken = entry is not None and any(join.overrides == state.graph for join in entry.joins)
            return ReasonKind.KEY_FIELD_OVERRIDDEN if taken else ReasonKind.KEY_FIELD_NOT_DEFINED
        for join in entry.joins:
            if join.graph == state.graph:
                return _kind_of(join.overridden, bool(join.requires), join.external)
        known = state.graph in self._moves.model.types[missing.type].joins
        return ReasonKind.KEY_FIELD_UNREACHABLE if known else ReasonKind.KEY_FIELD_NOT_DEFINED

    def _mentions(self, missing: _Missing, graph: str) -> bool:
        entry = self._moves.model.types[missing.type].fields.get(missing.field)
        return entry is not None and any(join.graph == graph for join in entry.joins)


def _kind_of(overridden: bool, requires: bool, external: bool) -> ReasonKind:
    if overridden:
        return ReasonKind.KEY_FIELD_OVERRIDDEN
    if requires:
        return ReasonKind.KEY_FIELD_REQUIRES
    return ReasonKind.KEY_FIELD_EXTERNAL if external else ReasonKind.KEY_FIELD_UNREACHABLE


def _first(fields: FieldSet) -> str:
    item = fields[0]
    return item.name if isinstance(item, FieldSel) else _first(item.selections)
