"""Schemas as generators make and cut them: immutable, in text form where text is enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

BUILT_IN = ("Int", "String", "ID", "Boolean", "Float")
ROOTS = ("Query", "Mutation", "Subscription")


class Kind(StrEnum):
    """The keyword of each kind of type."""

    SCALAR = "scalar"
    OBJECT = "type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input"


@dataclass(frozen=True)
class Input:
    """An argument or an input field; ``default`` is a literal, ``directives`` are those of one subgraph."""

    name: str
    type: str
    default: str | None = None
    description: str | None = None
    deprecated: str | None = None
    directives: str = ""


@dataclass(frozen=True)
class Field:
    """A field of an object or an interface."""

    name: str
    type: str
    args: tuple[Input, ...] = ()
    description: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True)
class Value:
    """A value of an enum."""

    name: str
    description: str | None = None
    deprecated: str | None = None


@dataclass(frozen=True)
class Key:
    """What identifies an entity: a field set, and the fields of the entity it begins with."""

    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Type:
    """A named type; an object with keys is an entity, other objects are values or roots."""

    name: str
    kind: Kind
    fields: tuple[Field, ...] = ()
    inputs: tuple[Input, ...] = ()
    values: tuple[Value, ...] = ()
    members: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    description: str | None = None
    specified_by: str | None = None
    one_of: bool = False

    @property
    def is_entity(self) -> bool:
        """Whether subgraphs can refer to an object of it by a key."""
        return self.kind is Kind.OBJECT and bool(self.keys)

    @property
    def is_root(self) -> bool:
        """Whether operations start here."""
        return self.name in ROOTS

    @cached_property
    def key_fields(self) -> frozenset[str]:
        """Every field that some key begins with."""
        return frozenset(name for key in self.keys for name in key.fields)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names of all its fields."""
        return frozenset(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of this name."""
        return next(field for field in self.fields if field.name == name)


@dataclass(frozen=True)
class Schema:
    """A whole schema."""

    types: tuple[Type, ...]

    @cached_property
    def by_name(self) -> dict[str, Type]:
        """The types by name."""
        return {found.name: found for found in self.types}

    def implementations(self, interface: str) -> list[Type]:
        """The objects that implement an interface."""
        return [t for t in self.types if t.kind is Kind.OBJECT and interface in t.interfaces]

    @property
    def sdl(self) -> str:
        """The schema as one server would print it."""
        return "\n".join(type_sdl(found) for found in self.types) + "\n"


def named(ref: str) -> str:
    """The named type of a type reference."""
    return ref.strip("[]!")


def referred(field: Field) -> Iterator[str]:
    """Every type that a field names, its arguments' included."""
    yield named(field.type)
    yield from (named(argument.type) for argument in field.args)


def described(text: str | None) -> str:
    """A description as a literal with a blank after it; nothing when there is none."""
    return "" if text is None else json.dumps(text) + " "


def _deprecated(reason: str | None) -> str:
    return "" if reason is None else f" @deprecated(reason: {json.dumps(reason)})"


def input_sdl(entry: Input) -> str:
    """An argument or input field."""
    default = "" if entry.default is None else f" = {entry.default}"
    rest = _deprecated(entry.deprecated) + entry.directives
    return f"{described(entry.description)}{entry.name}: {entry.type}{default}{rest}"


def field_sdl(field: Field, directives: str = "") -> str:
    """A field, with more directives where a subgraph has them."""
    args = f"({', '.join(map(input_sdl, field.args))})" if field.args else ""
    return f"{described(field.description)}{field.name}{args}: {field.type}{_deprecated(field.deprecated)}{directives}"


def _head(found: Type) -> str:
    text = f"{described(found.description)}{found.kind} {found.name}"
    if found.interfaces:
        text += f" implements {' & '.join(found.interfaces)}"
    if found.specified_by is not None:
        text += f" @specifiedBy(url: {json.dumps(found.specified_by)})"
    return text + " @oneOf" * found.one_of


def type_sdl(found: Type) -> str:
    """A type's definition, without its keys."""
    lines = [field_sdl(field) for field in found.fields] + [input_sdl(entry) for entry in found.inputs]
    lines += [described(v.description) + v.name + _deprecated(v.deprecated) for v in found.values]
    if found.members:
        return f"{_head(found)} = {' | '.join(found.members)}"
    return _head(found) + (" {\n  " + "\n  ".join(lines) + "\n}" if lines else "")
