"""What can be read from where: the closure of states under keys, which planning and composition share.

Both ask the same two questions: in which states an object can be read, given those in which it is being
read; and whether a field set can be read from some states. Each hangs on the other, since a key may hold
nested objects that have keys themselves, so the answers are a least fixpoint: what can be read is what a
finite chain of requests reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.supergraph.fixpoint import Fixpoint
from gateway.supergraph.graph import Entrance, MoveGraph, State
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel

States = frozenset[State]


@dataclass(frozen=True, slots=True)
class _Around:
    """Where an object of this type can be read too, without entering `closed` for it."""

    type: str
    states: States
    closed: str | None


@dataclass(frozen=True, slots=True)
class Doors:
    """The entrances for one type, by what opens them: leaf fields alone, or nested ones as well.

    Attributes:
        names: every field that stands in one of the keys, nested ones aside.
        states: where they lead.
    """

    flat: Mapping[frozenset[str], tuple[Entrance, ...]]
    nested: tuple[Entrance, ...]
    names: frozenset[str]
    states: States


class Reach:
    """Answers are remembered.

    Args:
        strict: do not look inside a subgraph for the nested fields that open it, nor in one that the same
            key has opened. It is what composers hold; without it, whatever is possible counts.
        spend: called for every step of the search; may raise to end it.
    """

    def __init__(self, graph: MoveGraph, *, strict: bool = False, spend: Callable[[], None] | None = None) -> None:
        self.graph = graph
        self.strict = strict
        self._spend = spend or _nothing
        self._around: Fixpoint[_Around, States] = Fixpoint(self._enter_all, lambda question: question.states)
        self._doors: dict[str, Doors] = {}
        self._closures: dict[tuple[str, State], States] = {}

    def around(self, type_name: str, states: States, closed: str | None = None) -> States:
        """Every state in which an object of this type can be read, given those in which it is being read.

        The subgraph `closed` is not entered for it.
        """
        return self._around(_Around(type_name, states, closed))

    def supplied(self, fields: FieldSet, states: Iterable[State], closed: str | None = None) -> bool:
        """Whether the fields can be read from these states, entering others only below nested fields.

        Fields that require others do not count. `closed` is not entered.
        """
        return all(self._supplies(item, states, closed) for item in fields)

    def doors(self, type_name: str) -> Doors:
        """The entrances for an object of this type."""
        if type_name not in self._doors:
            flat: dict[frozenset[str], list[Entrance]] = {}
            nested: list[Entrance] = []
            found = self.graph.entrances(type_name)
            for entrance in found:
                names = leaf_names(entrance.key.fields)
                if names is None:
                    nested.append(entrance)
                else:
                    flat.setdefault(names, []).append(entrance)
            frozen = {names: tuple(items) for names, items in flat.items()}
            names_of_all = frozenset(name for item in found for name in top_names(item.key.fields))
            states = frozenset(item.state for item in found)
            self._doors[type_name] = Doors(frozen, tuple(nested), names_of_all, states)
        return self._doors[type_name]

    # The closure

    def _enter_all(self, question: _Around) -> States:
        doors = self.doors(question.type)
        if not doors.states - question.states:
            return question.states
        closing = _Closing(self, question, doors)
        while closing.enter_flat() or closing.enter_nested():
            pass
        found = frozenset(closing.found)
        if not doors.nested and question.closed is None and len(question.states) == 1:
            for state in question.states:
                self._closures[question.type, state] = found
        return found

    def known_from(self, type_name: str, state: State) -> States:
        """The states known to be within reach of this one alone; itself at least."""
        return self._closures.get((type_name, state)) or frozenset({state})

    def plain_fields(self, state: State, names: frozenset[str]) -> Iterable[str]:
        """Which of these fields can be taken in this state as they are."""
        if not state.view and not self.graph.is_abstract(state.type):
            return names & self.graph.plain_fields(state.type).get(state.graph, frozenset())
        return [name for name in names if (move := self.graph.field(state, name)) and move.is_plain]

    def spend(self) -> None:
        self._spend()

    # Field sets

    def _supplies(self, item: FieldSel | FragmentSel, states: Iterable[State], closed: str | None) -> bool:
        self._spend()
        if isinstance(item, FragmentSel):
            narrowed = frozenset(seen for state in states if (seen := self.graph.narrow(state, item.type)))
            return not narrowed or self._supplied_below(item.selections, narrowed, closed)
        if item.name == "__typename":
            return True
        moves = [move for state in states if (move := self.graph.field(state, item.name)) and move.is_plain]
        if not item.selections:
            return bool(moves)
        targets = frozenset(move.target for move in moves if move.target)
        return bool(targets) and self._supplied_below(item.selections, targets, closed)

    def _supplied_below(self, fields: FieldSet, states: States, closed: str | None) -> bool:
        missing = [item for item in fields if not self._supplies(item, states, closed)]
        if not missing:
            return True
        reached = self.all_around(states, closed)
        return all(self._supplies(item, reached, closed) for item in missing)

    def all_around(self, states: Iterable[State], closed: str | None = None) -> States:
        """Like `around`, for objects of several types."""
        by_type: dict[str, set[State]] = {}
        for state in states:
            by_type.setdefault(state.type, set()).add(state)
        found: set[State] = set()
        for name, group in sorted(by_type.items()):
            found |= self.around(name, frozenset(group), closed)
        return frozenset(found)


class _Closing:
    """One closure being built: the states found, with the keys that opened them."""

    def __init__(self, reach: Reach, question: _Around, doors: Doors) -> None:
        self._reach = reach
        self._question = question
        self._doors = doors
        self._sources: dict[str, list[State]] = {"__typename": []}
        self._shut = dict(doors.flat)
        self._tried: dict[int, int] = {}
        self.found: dict[State, set[FieldSet]] = {}
        for state in question.states:
            self._add(state, None)

    def _add(self, state: State, key: FieldSet | None) -> None:
        if state.graph == self._question.closed and key is not None:
            return
        if state not in self.found:
            self._put(state)
            if self._question.closed is None and not self._doors.nested:
                self._add_all(self._reach.known_from(self._question.type, state))
        if key is not None and self._doors.nested:
            self.found[state].add(key)

    def _add_all(self, states: States) -> None:
        """Add what is known to be within reach, where no nested key asks by which way."""
        if self._doors.states <= states:
            # Nothing is left to enter, so nobody will ask what these can supply.
            self.found.update((state, set()) for state in states)
            return
        for state in states - self.found.keys():
            self._put(state)

    def _put(self, state: State) -> None:
        self.found[state] = set()
        for name in self._reach.plain_fields(state, self._doors.names):
            self._sources.setdefault(name, []).append(state)

    def enter_flat(self) -> bool:
        """Enter all that the leaf fields at hand open; whether that was anything."""
        before = len(self.found)
        if not self._doors.nested and self._doors.states <= self.found.keys():
            return False
        for names in [names for names in self._shut if names <= self._sources.keys()]:
            self._reach.spend()
            for entrance in self._shut.pop(names):
                self._add(entrance.state, entrance.key.fields)
        return len(self.found) > before

    def enter_nested(self) -> bool:
        """Enter all that nested fields open; whether that was anything."""
        before = len(self.found)
        for number, entrance in enumerate(self._doors.nested):
            if entrance.state.graph == self._question.closed or self._is_open(entrance):
                continue
            usable = self._usable(entrance.key.fields)
            if len(usable) == self._tried.get(number):
                continue
            self._tried[number] = len(usable)
            closed = entrance.state.graph if self._reach.strict else None
            if self._reach.supplied(entrance.key.fields, usable, closed):
                self._add(entrance.state, entrance.key.fields)
        return len(self.found) > before

    def _is_open(self, entrance: Entrance) -> bool:
        if self._reach.strict:
            return entrance.key.fields in self.found.get(entrance.state, ())
        return entrance.state in self.found

    def _usable(self, fields: FieldSet) -> list[State]:
        """The states from which a key's fields may be read."""
        names = top_names(fields)
        states: Iterable[State] = self.found
        if len(names) == len(fields):
            if not names <= self._sources.keys():
                return []
            states = dict.fromkeys(state for name in names for state in self._sources[name])
        if not self._reach.strict:
            return list(states)
        at_hand = self._question.states
        return [state for state in states if state in at_hand or self.found[state] != {fields}]


def top_names(fields: FieldSet) -> frozenset[str]:
    """The names of the fields in a field set, those inside of others or of fragments aside."""
    return frozenset(item.name for item in fields if isinstance(item, FieldSel))


def leaf_names(fields: FieldSet) -> frozenset[str] | None:
    """The names in a field set of leaves; None for one with nested fields."""
    names = {item.name for item in fields if isinstance(item, FieldSel) and not item.selections}
    return frozenset(names) if len(names) == len(fields) else None


def _nothing() -> None:
    """Steps are not counted."""
