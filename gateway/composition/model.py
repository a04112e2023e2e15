"""Schemas as composition sees them: small mutable records, for a subgraph and for the merged schema alike.

Directives are stored under their canonical name: what a subgraph calls ``@federation__key`` or
``@myKey`` is ``key`` here. ``Applied.spec`` tells a federation directive from one of the user's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from graphql import BooleanValueNode, ConstDirectiveNode, ConstValueNode, IntValueNode, Node, StringValueNode


class Kind(StrEnum):
    """The six kinds of named types."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


FEDERATION = "federation"
"""The ``spec`` of every directive that composition itself gives a meaning to."""


EXECUTABLE = (
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
)
"""Where operations may have directives; only such directives are of the API."""


@dataclass(slots=True)
class Applied:
    """One directive on one element."""

    name: str
    args: dict[str, ConstValueNode]
    spec: str | None = None
    node: ConstDirectiveNode | None = None
    of_extension: bool = False
    declaration: int = 0
    """On a type: which of its declarations holds it."""

    def copied(self) -> Applied:
        """A copy with arguments of its own."""
        return replace(self, args=dict(self.args))

    def text(self, arg: str) -> str | None:
        """A string argument's value, None if it is absent or no string."""
        value = self.args.get(arg)
        return value.value if isinstance(value, StringValueNode) else None

    def is_true(self, arg: str) -> bool:
        """Whether a boolean argument whose default is true has not been set to false."""
        value = self.args.get(arg)
        return not (isinstance(value, BooleanValueNode) and value.value is False)

    def number(self, arg: str) -> int | None:
        """An integer argument's value, None if it is absent or no integer."""
        value = self.args.get(arg)
        return int(value.value) if isinstance(value, IntValueNode) else None


@dataclass(slots=True)
class Element:
    """What fields, arguments, values and types have in common."""

    name: str
    description: str | None = None
    directives: list[Applied] = field(default_factory=list)
    node: Node | None = None
    join: list[str] = field(default_factory=list)

    def find(self, name: str) -> Applied | None:
        """The last federation directive of this name, if any."""
        for applied in reversed(self.directives):
            if applied.name == name and applied.spec == FEDERATION:
                return applied
        return None

    def all(self, name: str) -> Iterator[Applied]:
        """Every federation directive of this name, in order."""
        return (a for a in self.directives if a.name == name and a.spec == FEDERATION)

    def has(self, name: str) -> bool:
        """Whether a federation directive of this name is applied."""
        return bool(self.directives) and any(a.name == name and a.spec == FEDERATION for a in self.directives)

    def applies(self, name: str) -> bool:
        """Whether a directive of GraphQL's own or the user's is applied."""
        return bool(self.directives) and any(a.name == name and a.spec is None for a in self.directives)

    def drop(self, names: Iterable[str]) -> None:
        """Remove all applications of federation directives of these names."""
        gone = set(names)
        self.directives = [a for a in self.directives if a.spec != FEDERATION or a.name not in gone]


@dataclass(slots=True)
class InputDef(Element):
    """An argument or an input field."""

    type: str = ""
    default: ConstValueNode | None = None

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return self.type.endswith("!") and self.default is None


@dataclass(slots=True)
class FieldDef(Element):
    """A field of an object or interface type."""

    type: str = ""
    args: dict[str, InputDef] = field(default_factory=dict)
    declaration: int = 0
    """Which declaration of its type holds it, counted in order of appearance."""


@dataclass(slots=True, eq=False)
class TypeDef(Element):
    """A named type; which of the collections are used depends on the kind.

    As a key it stands for itself alone: what was computed from it is remembered by it.
    """

    kind: Kind = Kind.OBJECT
    fields: dict[str, FieldDef] = field(default_factory=dict)
    inputs: dict[str, InputDef] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    values: dict[str, Element] = field(default_factory=dict)
    shareable_declarations: set[int] = field(default_factory=set)
    external_declarations: set[int] = field(default_factory=set)
    definition: int | None = None
    """Which declaration is the definition; None when there are only extensions."""
    extended: bool = False

    def __eq__(self, other: object) -> bool:
        """Whether it is this very object; see ``equals``."""
        return self is other

    def __hash__(self) -> int:
        """By identity."""
        return id(self)

    def equals(self, other: TypeDef) -> bool:
        """Whether the two say the same."""
        return all(getattr(self, entry.name) == getattr(other, entry.name) for entry in fields(self))

    @property
    def defined(self) -> bool:
        """Whether it is defined, not only extended."""
        return self.definition is not None

    @property
    def is_composite(self) -> bool:
        """Whether it can be selected into."""
        return self.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)

    @property
    def is_interface_object(self) -> bool:
        """Whether a subgraph treats an interface of others as one object."""
        return self.kind is Kind.OBJECT and self.has("interfaceObject")


@dataclass(slots=True)
class DirectiveDef(Element):
    """A directive's definition."""

    args: dict[str, InputDef] = field(default_factory=dict)
    locations: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(slots=True)
class Schema:
    """Types and directives by name, in order of appearance."""

    types: dict[str, TypeDef] = field(default_factory=dict)
    directives: dict[str, DirectiveDef] = field(default_factory=dict)
    element: Element = field(default_factory=lambda: Element("schema"))
    """The schema definition with its extensions."""

    def equals(self, other: Schema) -> bool:
        """Whether the two say the same."""
        if self.directives != other.directives or self.types.keys() != other.types.keys():
            return False
        return all(found.equals(other.types[name]) for name, found in self.types.items())

    def copied(self) -> Schema:
        """A copy whose types and fields, and the directives on these, can be changed without changing these."""
        types = {name: _copied_type(found) for name, found in self.types.items()}
        return Schema(types, dict(self.directives), self.element)

    def possible(self, name: str) -> list[str]:
        """The object types that a value of this composite type can have."""
        found = self.types.get(name)
        if found is None:
            return []
        if found.kind is Kind.UNION:
            return list(found.members)
        if found.kind is Kind.INTERFACE:
            return [t.name for t in self.types.values() if t.kind is Kind.OBJECT and name in t.interfaces]
        return [name]


def _copied_type(found: TypeDef) -> TypeDef:
    return replace(
        found,
        directives=[applied.copied() for applied in found.directives],
        fields={
            name: replace(entry, directives=[applied.copied() for applied in entry.directives])
            for name, entry in found.fields.items()
        },
        shareable_declarations=set(found.shareable_declarations),
        external_declarations=set(found.external_declarations),
    )


def all_elements(schema: Schema) -> Iterator[Element]:
    """Every element of a schema that can carry directives."""
    yield schema.element
    for found in schema.types.values():
        yield found
        yield from found.inputs.values()
        yield from found.values.values()
        for entry in found.fields.values():
            yield entry
            yield from entry.args.values()
    for directive in schema.directives.values():
        yield from directive.args.values()


def used_directives(schema: Schema) -> set[str]:
    """The names of the federation directives that are applied anywhere in a schema."""
    return {
        applied.name for element in all_elements(schema) for applied in element.directives if applied.spec == FEDERATION
    }
