"""The supergraph as the join directives describe it: which subgraph knows which type, field and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import TypeNode

from gateway.supergraph.selection import FieldSet


class Kind(Enum):
    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    SCALAR = "scalar"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class EntityKey:
    """One `@key`. An unresolvable key identifies an object elsewhere but is no way into its own subgraph."""

    fields: FieldSet
    resolvable: bool = True


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """What one subgraph knows about a type."""

    keys: tuple[EntityKey, ...] = ()
    interface_object: bool = False


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument that is not the client's: it takes its value from the nearest object above that sets a context.

    Attributes:
        type: the argument's, as text.
        context: by the name it has in the supergraph, which begins with its subgraph's.
        fields: what to read there; one leaf for each type that may set the context.
    """

    name: str
    type: str
    context: str
    fields: FieldSet


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """What one subgraph has to do with a field.

    Attributes:
        graph: None marks a field that interface objects alone resolve.
        type: the type there, where it differs from the supergraph's.
        overrides: the subgraph from which this one takes the field over.
        overridden: another subgraph has taken it over from this one.
        label: the override holds only while this label is active.
        contexts: the arguments that take their values from objects above.
    """

    graph: str | None
    type: TypeNode | None = None
    requires: FieldSet = ()
    provides: FieldSet = ()
    external: bool = False
    overrides: str | None = None
    overridden: bool = False
    label: str | None = None
    contexts: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field. Without joins it exists in every subgraph that knows its type."""

    name: str
    type: TypeNode
    joins: tuple[FieldJoin, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A type of the supergraph; all mappings by subgraph use the subgraphs' real names.

    Attributes:
        contexts: those that objects of this type set for all below them.
    """

    name: str
    kind: Kind
    joins: Mapping[str, TypeJoin]
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    interfaces: Mapping[str, frozenset[str]] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    values: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()

    @property
    def is_composite(self) -> bool:
        return self.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)

    def all_interfaces(self) -> frozenset[str]:
        """The interfaces it implements in any subgraph."""
        return frozenset().union(*self.interfaces.values())


@dataclass(frozen=True, slots=True)
class Model:
    """All types, the subgraphs' URLs by name, and the names of the root types by operation kind."""

    types: Mapping[str, TypeDef]
    subgraphs: Mapping[str, str]
    roots: Mapping[str, str]

    def resolvers(self, type_name: str, field_name: str) -> tuple[str, ...]:
        """The subgraphs that can give a field's value, sorted; none where only objects of an interface give it.

        Those that have it as `@external` count: somewhere they may provide it.
        """
        definition = self.types[type_name]
        known = definition.fields.get(field_name)
        if known is None or not known.joins:
            return tuple(sorted(definition.joins))
        graphs = {join.graph for join in known.joins if not join.overridden}
        return tuple(sorted(graph for graph in graphs if graph is not None))


def named_type(node: TypeNode) -> str:
    """The type inside all lists and non-nulls."""
    while hasattr(node, "type"):
        node = node.type
    return str(node.name.value)  # type: ignore[attr-defined]
