"""Turns choices into the fetch graph: which step selects what, and what it must be sent for that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from graphql import NonNullTypeNode

from gateway.planner.choices import IMPOSSIBLE, Requirement, Skip, identity
from gateway.planner.choose import Chooser
from gateway.planner.contexts import context_sources
from gateway.planner.errors import PlanError
from gateway.planner.inputs import inputs_clash, merge_inputs
from gateway.planner.nodes import Input, OperationKind, Setter
from gateway.planner.operation import Guards, OpField, OpSelection
from gateway.planner.slots import Slots, with_slots
from gateway.planner.steps import Contextual, Cursor, KeySpace, Out, Place, Site, Step
from gateway.supergraph.graph import State
from gateway.supergraph.selection import FieldSel, FieldSet
from gateway.supergraph.type_index import TypeIndex

Cursors = dict[State, Cursor]
Sources = Iterable[tuple[OpField, tuple[State, ...]]]
MAX_KEY_NESTING = 40
TYPENAME = Input("__typename", "__typename")


@dataclass(frozen=True, slots=True)
class Entry:
    """How a step was entered to serve fields with requirements, for others with the same needs to join it."""

    state: State
    place: Place
    type: str
    suppliers: frozenset[Step]
    guards: Guards = ()


class FetchGraphBuilder:
    """Builds the steps of one operation; `steps` holds them in order of creation."""

    def __init__(self, chooser: Chooser, index: TypeIndex, keys: KeySpace, slots: Slots) -> None:
        self.steps: list[Step] = []
        self._chooser = chooser
        self._graph = chooser.graph
        self._index = index
        self._keys = keys
        self._slots = slots
        self._touched: list[set[Step]] = [set()]
        self._reentered: dict[Entry, Cursor] = {}

    # Roots

    def query(self, selection: OpSelection) -> None:
        """Plans a query's root; its subgraphs are entered like any others, only without a key."""
        place = Place((), self._keys)
        self._chooser.start(selection, frozenset(self._graph.roots("query")))
        self.object(selection, selection.type, place, {}, frozenset())

    def root_field(self, field: OpField, kind: OperationKind, join: Step | None) -> Step:
        """Plans one root field of a mutation or subscription in exactly one subgraph.

        `join` is the step of the field before: it is used again where it is of the same subgraph.
        """
        options = self._chooser.plain(field, self._graph.roots(kind))
        priced = [(self._chooser.below(field, (state,), frozenset()), state) for state in options]
        cost, state = min(priced, key=lambda item: item[0], default=(IMPOSSIBLE, None))
        if state is None or cost == IMPOSSIBLE:
            raise self._unresolvable(self._graph.model.roots[kind], [field])
        step = join if join and join.graph == state.graph else self._root_step(state, Place((), self._keys), kind)
        cursor = Cursor(step, state, self._touch, lambda: step.out)
        self._take([(field, (state,))], Place((), self._keys), {state: cursor})
        return step

    def _root_step(self, state: State, place: Place, kind: OperationKind) -> Step:
        step = Step(len(self.steps), state.graph, kind, place.path, None, None, Out(state.type), (), set(place.deps))
        self.steps.append(step)
        return step

    # Selections

    def select(self, selection: OpSelection, place: Place, cursors: Cursors) -> None:
        """Plans a selection at a place that the cursors are reading."""
        if self._graph.is_abstract(selection.type):
            self.abstract(selection, place, cursors)
        else:
            self.object(selection, selection.type, place, cursors, frozenset())

    def object(self, selection: OpSelection, type_name: str, place: Place, cursors: Cursors, skip: Skip) -> None:
        """Plans the fields of one object type."""
        here = self._narrow(cursors, type_name)
        place.site = place.site or Site(type_name, here)
        choice = self._chooser.object(selection, type_name, frozenset(here), skip)
        if choice.cost == IMPOSSIBLE:
            raise self._unresolvable(type_name, selection.fields_for(type_name))
        for state in choice.opens:
            self._open(place, type_name, state, here)
        self._take(choice.sources, place, here)
        for requirement in choice.required:
            self._require(requirement, type_name, place, here)

    def abstract(self, selection: OpSelection, place: Place, cursors: Cursors) -> None:
        """Plans a selection on an abstract type: what it can on the type itself, the rest by object type."""
        place.site = place.site or Site(selection.type, cursors)
        choice = self._chooser.abstract(selection, frozenset(cursors))
        if choice.cost == IMPOSSIBLE:
            raise self._unresolvable(selection.type, selection.common_fields())
        for state in choice.opens:
            self._open(place, selection.type, state, cursors)
        here = {state: cursors[state] for state in choice.states}
        self._read_typename(place, here)
        self._take(choice.sources, place, here)
        for type_name in choice.typed:
            if any(not field.name.startswith("__") for field in selection.fields_for(type_name)):
                narrowed = place.narrowed(type_name)
                apart = self._narrow(here, type_name)
                kept = self._chooser.told_apart(selection, here, type_name)
                self.object(
                    selection,
                    type_name,
                    narrowed,
                    {state: cursor for state, cursor in apart.items() if state in kept},
                    choice.skip,
                )
        for state, cursor in here.items():
            # Any one of several sources may bring nothing, and what the others bring has a type still.
            if not self._graph.is_interface_object(state):
                cursor.read_typename()

    def _narrow(self, cursors: Cursors, type_name: str) -> Cursors:
        here: Cursors = {}
        for state, cursor in cursors.items():
            seen = self._graph.narrow(state, type_name)
            if seen is not None and seen not in here:
                here[seen] = cursor if seen == state else cursor.narrow(seen)
        return here

    def _read_typename(self, place: Place, cursors: Cursors) -> None:
        real = [cursor for state, cursor in cursors.items() if not self._graph.is_interface_object(state)]
        if real:
            earliest = min(real, key=lambda cursor: cursor.step.depth)
            earliest.out().typename()
            place.deps.add(earliest.step)

    # Plain fields

    def _take(self, sources: Sources, place: Place, cursors: Cursors) -> None:
        """Takes each field from the state that serves most of them, composite ones from wherever needed."""
        chosen = self._rank(sources, cursors)
        order = {state: cursor.step.depth for state, cursor in cursors.items()}
        for field, states in sources:
            ranked = sorted(states, key=lambda state: (chosen.get(state, len(chosen)), order[state]))
            key = self._key(field, place)
            if field.children is None:
                cursors[ranked[0]].out().leaf(key, field)
            else:
                self._descend(field, field.children, key, place, [cursors[state] for state in ranked])

    def _rank(self, sources: Sources, cursors: Cursors) -> dict[State, int]:
        """States by how early they are read, then by how many leaves they serve that no better one does."""
        waves = {state: cursor.step.depth for state, cursor in cursors.items()}
        leaves = [set(states) for field, states in sources if field.children is None]
        ranking: dict[State, int] = {}
        while leaves:
            counts: dict[State, int] = {}
            for states in leaves:
                for state in states:
                    counts[state] = counts.get(state, 0) + 1
            best = min(self._chooser.ordered(counts), key=lambda state: (waves[state], -counts[state]))
            ranking[best] = len(ranking)
            leaves = [states for states in leaves if best not in states]
        return ranking

    def _descend(self, field: OpField, children: OpSelection, key: str, place: Place, parents: list[Cursor]) -> None:
        below: Cursors = {}
        for parent in parents:
            move = self._graph.field(parent.state, field.name)
            assert move is not None and move.target is not None, "chosen as a source of a composite field"
            below.setdefault(move.target, parent.enter(key, field, move.target))
        everything = list(below.values())
        self.select(children, place.child(key), below)
        if not any(cursor.is_used for cursor in everything):
            self._read_nothing(everything[0], place.child(key).keys)

    def _read_nothing(self, cursor: Cursor, keys: KeySpace) -> None:
        """Where no field is wanted, whether there is an object still is; an interface object's name misleads."""
        out = cursor.out()
        if self._graph.is_interface_object(cursor.state):
            out.nothing(keys.unused_key("__typename"))

    def _key(self, field: OpField, place: Place) -> str:
        return field.key if field.key is not None else place.keys.key_for(field.name, field.arguments)

    # Entering other subgraphs

    def _open(self, place: Place, type_name: str, state: State, cursors: Cursors) -> None:
        if state in cursors:
            return
        step, _ = self._enter(place, type_name, state, cursors)
        cursors[state] = Cursor(step, state, self._touch, lambda: step.out)

    def _enter(self, place: Place, type_name: str, state: State, cursors: Cursors) -> tuple[Step, frozenset[Step]]:
        """A new step for the state, sent the key that the cursors can supply."""
        inputs, suppliers = self._gather_key(place, type_name, state, cursors)
        if inputs is None:
            return self._root_step(state, place, "query"), suppliers
        return self._entity_step(place, type_name, state, cursors, inputs, suppliers), suppliers

    def _gather_key(
        self, place: Place, type_name: str, state: State, cursors: Cursors
    ) -> tuple[tuple[Input, ...] | None, frozenset[Step]]:
        route = self._chooser.search.entry(type_name, state, frozenset(cursors))
        if route is None or route.key is None:
            raise PlanError("UNRESOLVABLE_FIELD", f"no key of {type_name} leads into subgraph {state.graph}")
        if not route.key.fields:
            if place.path:
                self._read_anything(place, cursors)
            return None, frozenset()
        for other in route.via:
            self._open(place, type_name, other, cursors)
        if len(self._touched) > MAX_KEY_NESTING:
            raise PlanError("UNRESOLVABLE_FIELD", f"the keys of {type_name} depend on each other without end")
        return self._gather(place, type_name, route.key.fields, (), cursors, closed=True)

    def _read_anything(self, place: Place, cursors: Cursors) -> None:
        """Makes sure that there is an object to add the root type's fields to."""
        cursor = next(iter(cursors.values()))
        cursor.out()
        place.deps.add(cursor.step)

    def _entity_step(
        self,
        place: Place,
        type_name: str,
        state: State,
        cursors: Cursors,
        inputs: tuple[Input, ...],
        suppliers: frozenset[Step],
    ) -> Step:
        step = Step(
            number=len(self.steps),
            graph=state.graph,
            kind="query",
            path=place.path,
            entity=state.type,
            typename=self._typename(type_name, state, cursors),
            out=Out(state.type),
            inputs=inputs,
            parents=set(suppliers | place.deps),
        )
        self.steps.append(step)
        return step

    def _typename(self, type_name: str, state: State, cursors: Cursors) -> str | None:
        """What to call the object there: only an entity interface is sent each object's own name."""
        if not self._graph.is_abstract(type_name) or self._graph.is_interface_object(state):
            return state.type
        real = any(not self._graph.is_interface_object(seen) for seen in cursors)
        return None if real else state.type

    def _gather(
        self,
        place: Place,
        type_name: str,
        fields: FieldSet,
        guards: Guards,
        cursors: Cursors,
        closed: bool = False,
    ) -> tuple[tuple[Input, ...], frozenset[Step]]:
        """Has the fields read at this place; tells how to find them and which steps bring them."""
        selection = self._chooser.internal(type_name, fields, guards)
        with self._watch() as suppliers:
            if self._graph.is_abstract(type_name):
                self.abstract(selection, place, cursors)
            else:
                self._supply(selection, type_name, place, cursors, closed)
        return self._inputs(place.keys, type_name, fields), frozenset(suppliers)

    def _supply(self, selection: OpSelection, type_name: str, place: Place, cursors: Cursors, closed: bool) -> None:
        """Like `object`, with what it enters left open to the fields that follow."""
        choice = self._chooser.object(selection, type_name, frozenset(cursors), frozenset(), frozenset(), closed)
        if choice.cost == IMPOSSIBLE:
            raise self._unresolvable(type_name, selection.fields_for(type_name))
        for state in choice.opens:
            self._open(place, type_name, state, cursors)
        self._take(choice.sources, place, cursors)
        for requirement in choice.required:
            self._require(requirement, type_name, place, cursors)

    def _inputs(self, keys: KeySpace, type_name: str, fields: FieldSet) -> tuple[Input, ...]:
        found: list[Input] = []
        for item in fields:
            if not isinstance(item, FieldSel):
                types = self._index.possible(item.type)
                for inner in self._inputs(keys, item.type, item.selections):
                    kept = types if inner.types is None else types & inner.types
                    found.append(replace(inner, types=kept))
            elif item.name != "__typename":
                found.append(self._input(keys, type_name, item))
        return tuple(found)

    def _input(self, keys: KeySpace, type_name: str, item: FieldSel) -> Input:
        key = keys.key_for(item.name, item.arguments)
        definition = self._graph.type(type_name).fields[item.name]
        below: tuple[Input, ...] = ()
        if item.selections:
            target = self._index.return_type(type_name, item.name)
            assert target is not None, "a field with selections is composite"
            below = self._inputs(keys.child(key), target, item.selections)
            if self._graph.is_abstract(target):
                below = (TYPENAME, *below)
        return Input(key, item.name, not isinstance(definition.type, NonNullTypeNode), below)

    # Fields that require others

    def _require(self, requirement: Requirement, type_name: str, place: Place, cursors: Cursors) -> None:
        """Takes a field from a step that is sent what the field requires, and as arguments what contexts set."""
        field, state = requirement.field, requirement.state
        guards = field.when[0] if len(field.when) == 1 else ()
        needed, suppliers = self._gather(place, type_name, requirement.requires, guards, cursors)
        contexts, sources = self._contexts(requirement, place, guards)
        keyed, more = self._gather_key(place, type_name, state, cursors)
        suppliers |= sources | more
        entry = Entry(state, place, type_name, suppliers, guards if contexts else ())
        guarded = tuple(replace(item, guards=guards) for item in needed)
        cursor = self._reentered.get(entry)
        if cursor is None or inputs_clash(cursor.step.inputs, guarded):
            step = self._entity_step(place, type_name, state, cursors, keyed or (), suppliers)
            cursor = Cursor(step, state, self._touch, lambda: step.out)
            self._reentered[entry] = cursor
        cursor.step.inputs = merge_inputs(cursor.step.inputs, guarded)
        cursor.step.contexts |= dict(contexts.values())
        if contexts:
            given = {name: slot for name, (slot, _) in contexts.items()}
            field = replace(field, key=self._key(field, place), arguments=with_slots(field.arguments, given))
        self._take([(field, (state,))], place, {state: cursor})

    # Contexts

    def _contexts(
        self, requirement: Requirement, place: Place, guards: Guards
    ) -> tuple[dict[str, tuple[str, Contextual]], frozenset[Step]]:
        """The slot of each contextual argument with whoever may set it, and the steps that bring the values."""
        found: dict[str, tuple[str, Contextual]] = {}
        suppliers: frozenset[Step] = frozenset()
        for argument in requirement.contexts:
            setters: list[Setter] = []
            for source in context_sources(self._graph, self._index, argument, requirement.state.graph, place):
                site = source.site
                inputs, more = self._gather(source.place, site.type, source.fields, guards, site.cursors)
                setters.append(Setter(source.depth, source.types, inputs))
                suppliers |= more | source.place.deps
            if not setters:
                where = f"{requirement.state.type}.{requirement.field.name}"
                raise PlanError("UNRESOLVABLE_FIELD", f"no object above {where} sets the context of its arguments")
            found[argument.name] = (self._slots.name(argument), Contextual(argument.type, tuple(setters)))
        return found, suppliers

    # Bookkeeping

    def _touch(self, step: Step) -> None:
        self._touched[-1].add(step)

    @contextmanager
    def _watch(self) -> Iterator[set[Step]]:
        """Collects the steps that something is selected from meanwhile."""
        self._touched.append(set())
        yield self._touched[-1]
        found = self._touched.pop()
        self._touched[-1] |= found

    def _unresolvable(self, type_name: str, fields: Iterable[OpField]) -> PlanError:
        names = ", ".join(f"{type_name}.{field.name}" for field in fields if identity(field))
        return PlanError("UNRESOLVABLE_FIELD", f"no path through the subgraphs resolves {names} together")
