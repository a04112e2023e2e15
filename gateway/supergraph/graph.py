"""The graph of moves: where a query can be, and where it can go from there.

A place in it is a State: an object of some type, being read in some subgraph. Moves are to take a field
(staying in the subgraph), to narrow an abstract type, and to enter another subgraph through a key. States
are values and moves are computed (and remembered) on demand, so nothing has to be built beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.supergraph.model import ContextArgument, EntityKey, FieldJoin, Kind, Model, TypeDef, named_type
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel

Labels = frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """An object of `type` in subgraph `graph`.

    Attributes:
        view: what `@provides` offers here in addition, along this path only.
    """

    type: str
    graph: str
    view: FieldSet = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # States are looked up all the time, and a view is deep.
        object.__setattr__(self, "_hash", hash((self.type, self.graph, self.view)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class FieldMove:
    """Taking a field.

    Attributes:
        target: None for a leaf.
        requires: what must be sent along before the field can be taken.
        contexts: arguments whose values lie above.
    """

    target: State | None
    requires: FieldSet = ()
    contexts: tuple[ContextArgument, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the field can be taken in passing, without entering its subgraph for it."""
        return not self.requires and not self.contexts


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way into a subgraph through `_entities`."""

    state: State
    key: EntityKey


class MoveGraph:
    """The moves of one supergraph.

    Attributes:
        labels: the override labels that are active. None where that is not known: then a field whose
            override is being rolled out is no move at all, on either side.
        contextual: whether fields that take arguments from a context are moves like any other, for one who
            looks after contexts apart.
    """

    def __init__(self, model: Model, labels: Labels | None = frozenset(), contextual: bool = False) -> None:
        self.model = model
        self.labels = labels
        self.contextual = contextual
        self._states: dict[State, State] = {}
        self._possible: dict[tuple[str, str], frozenset[str]] = {}
        self._moves: dict[tuple[State, str], FieldMove | None] = {}
        self._entrances: dict[str, tuple[Entrance, ...]] = {}
        self._resolvers: dict[tuple[str, str], Mapping[str, FieldJoin]] = {}
        self._setters: dict[tuple[str, str], frozenset[str]] = {}
        self._plain: dict[str, Mapping[str, frozenset[str]]] = {}
        self._objects_by_interface = self._index_objects()

    def _index_objects(self) -> dict[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for definition in self.model.types.values():
            if definition.kind is Kind.OBJECT:
                for graph, interfaces in definition.interfaces.items():
                    for interface in interfaces:
                        found.setdefault((interface, graph), set()).add(definition.name)
        return {key: frozenset(names) for key, names in found.items()}

    def type(self, name: str) -> TypeDef:
        return self.model.types[name]

    def is_abstract(self, name: str) -> bool:
        return self.model.types[name].kind in (Kind.INTERFACE, Kind.UNION)

    def is_interface_object(self, state: State) -> bool:
        """Whether the subgraph knows an interface as an object only, so not the real type of any instance."""
        join = self.model.types[state.type].joins.get(state.graph)
        return join is not None and join.interface_object

    def possible(self, name: str, graph: str) -> frozenset[str]:
        """The object types that a value of this type can have in this subgraph."""
        key = (name, graph)
        if key not in self._possible:
            definition = self.model.types[name]
            if definition.kind is Kind.UNION:
                found = definition.members.get(graph, frozenset())
            elif definition.kind is Kind.INTERFACE:
                found = self._objects_by_interface.get(key, frozenset())
            else:
                found = frozenset({name})
            self._possible[key] = found
        return self._possible[key]

    def roots(self, kind: str) -> tuple[State, ...]:
        """The root type in each subgraph that has it."""
        name = self.model.roots.get(kind)
        if name is None or name not in self.model.types:
            return ()
        return tuple(self.state(name, graph) for graph in self.model.types[name].joins)

    def state(self, type_name: str, graph: str, view: FieldSet = ()) -> State:
        """The same object for the same state, so that states of moves are compared by identity first."""
        state = State(type_name, graph, view)
        return self._states.setdefault(state, state)

    def field(self, state: State, name: str) -> FieldMove | None:
        """Taking field `name` in this state, or None where its subgraph does not resolve it."""
        key = (state, name)
        if key not in self._moves:
            self._moves[key] = self._find_field(state, name)
        return self._moves[key]

    def _find_field(self, state: State, name: str) -> FieldMove | None:
        if name == "__typename":
            return None if self.is_interface_object(state) else FieldMove(None)
        definition = self.model.types[state.type]
        field = definition.fields.get(name)
        if field is None:
            return None
        provided = [item for item in state.view if isinstance(item, FieldSel) and item.name == name]
        join = self.resolver(definition, name, state.graph)
        if join is None and not provided:
            return None
        if join is None:
            join = self._mention(definition, name, state.graph)
        elif not provided and not self._objects_agree(state, name):
            return None
        below = tuple(part for item in provided for part in item.selections)
        target = named_type(join.type or field.type)
        reached = self.state(target, state.graph, below + join.provides) if self._is_composite(target) else None
        return FieldMove(reached) if provided else FieldMove(reached, join.requires, self._contexts(join))

    def _contexts(self, join: FieldJoin) -> tuple[ContextArgument, ...]:
        return () if self.contextual else join.contexts

    def _objects_agree(self, state: State, name: str) -> bool:
        """An interface's field can be taken only if every object behind it resolves the field as it is."""
        if self.model.types[state.type].kind is not Kind.INTERFACE or self.is_interface_object(state):
            return True
        for object_name in self.possible(state.type, state.graph):
            move = self.field(self.narrow(state, object_name) or State(object_name, state.graph), name)
            if move is None or not move.is_plain:
                return False
        return True

    def resolver(self, definition: TypeDef, name: str, graph: str) -> FieldJoin | None:
        """The join by which this subgraph resolves the field, or None where it does not."""
        return self.resolvers(definition.name, name).get(graph)

    def resolvers(self, type_name: str, name: str) -> Mapping[str, FieldJoin]:
        """The subgraphs that resolve the field of a type, each with the join by which it does."""
        key = (type_name, name)
        if key not in self._resolvers:
            self._resolvers[key] = self._find_resolvers(type_name, name)
        return self._resolvers[key]

    def _find_resolvers(self, type_name: str, name: str) -> Mapping[str, FieldJoin]:
        definition = self.model.types[type_name]
        field = definition.fields.get(name)
        if field is None:
            return {}
        if not field.joins:
            return {graph: FieldJoin(graph) for graph in definition.joins}
        found: dict[str, FieldJoin] = {}
        for join in field.joins:
            if join.graph is not None and self._is_live(join):
                found.setdefault(join.graph, join)
        return found

    def plain_fields(self, type_name: str) -> Mapping[str, frozenset[str]]:
        """By subgraph, the fields of an object type that it resolves without requiring others."""
        if type_name not in self._plain:
            definition = self.model.types[type_name]
            found: dict[str, set[str]] = {graph: set() for graph in definition.joins}
            for name in definition.fields:
                for graph, join in self.resolvers(type_name, name).items():
                    if not join.requires and not self._contexts(join):
                        found.setdefault(graph, set()).add(name)
            self._plain[type_name] = {graph: frozenset(names) for graph, names in found.items()}
        return self._plain[type_name]

    def _is_composite(self, name: str) -> bool:
        return name in self.model.types and self.model.types[name].is_composite

    def _mention(self, definition: TypeDef, name: str, graph: str) -> FieldJoin:
        for join in definition.fields[name].joins:
            if join.graph == graph:
                return join
        return FieldJoin(graph)

    def _is_live(self, join: FieldJoin) -> bool:
        if join.external and not join.requires:
            return False
        if join.label is None:
            return not join.overridden
        return self.labels is not None and (join.overrides is not None) == (join.label in self.labels)

    def narrow(self, state: State, name: str) -> State | None:
        """The same object seen as a `name`; None where this subgraph's type excludes it.

        An interface object stays as it is: its subgraph cannot tell, and treats all alike.
        """
        if state.type == name:
            return state
        if self.is_interface_object(state):
            return state if self.implements(name, state.type) else None
        if not self.is_abstract(name):
            if name not in self.possible(state.type, state.graph):
                return None
        elif not self.possible(name, state.graph) & self.possible(state.type, state.graph):
            return None
        return self.state(name, state.graph, self._narrow_view(state, name))

    def _narrow_view(self, state: State, name: str) -> FieldSet:
        kept: list[FieldSel | FragmentSel] = []
        for item in state.view:
            if isinstance(item, FieldSel):
                kept.append(item)
            elif item.type == name or name in self.possible(item.type, state.graph):
                kept.extend(item.selections)
            elif self.is_abstract(name):
                kept.append(item)
        return tuple(kept)

    def setters(self, context: str, graph: str) -> frozenset[str]:
        """The object types that set a context of this subgraph."""
        if (context, graph) not in self._setters:
            names = [item.name for item in self.model.types.values() if context in item.contexts]
            blind = [name for name in names if self.is_interface_object(State(name, graph))]
            found = {item for name in names for item in self.possible(name, graph)}
            found.update(item for name in blind for item in self.model.types if self.implements(item, name))
            self._setters[context, graph] = frozenset(found)
        return self._setters[context, graph]

    def implements(self, name: str, interface: str) -> bool:
        """Whether the type implements the interface in any subgraph."""
        return name == interface or any(interface in names for names in self.model.types[name].interfaces.values())

    def entrances(self, name: str) -> tuple[Entrance, ...]:
        """All ways into some subgraph for an object of this type, as itself or as an interface object."""
        if name not in self._entrances:
            self._entrances[name] = tuple(self._find_entrances(name))
        return self._entrances[name]

    def _find_entrances(self, name: str) -> list[Entrance]:
        definition = self.model.types[name]
        if name == self.model.roots.get("query"):
            return [Entrance(self.state(name, graph), EntityKey(())) for graph in definition.joins]
        found = self._own_entrances(definition)
        if definition.kind is Kind.OBJECT:
            interfaces = {item for names in definition.interfaces.values() for item in names}
            for interface in sorted(interfaces & self.model.types.keys()):
                found += [
                    item
                    for item in self._own_entrances(self.model.types[interface])
                    if self.is_interface_object(item.state)
                ]
        return found

    def _own_entrances(self, definition: TypeDef) -> list[Entrance]:
        return [
            Entrance(self.state(definition.name, graph), key)
            for graph, join in definition.joins.items()
            for key in join.keys
            if key.resolvable
        ]
