"""One subgraph of a cut: what it holds of each type, in which role, and its SDL."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from tests.support.federation.dialect import Dialect
from tests.support.federation.schema import (
    Field,
    Input,
    Key,
    Kind,
    Schema,
    Type,
    described,
    field_sdl,
    named,
    type_sdl,
)


@dataclass(frozen=True)
class FromContext:
    """Where a contextual argument has its value from: the context's name, and what to select of who sets it."""

    type: str
    context: str
    selection: str


@dataclass
class Role:
    """What a subgraph does with one field of an object.

    Attributes:
        external: it does not resolve the field, but may be given it (``requires``) or provide it.
        requires: the field set it must be given to resolve the field.
        provides: the field set of the returned object that it resolves along this field only.
        override: the subgraph that it takes the field over from.
        label: of the override, when it is progressive.
        shareable: several subgraphs resolve the field.
        lost: another subgraph overrides the field of this one.
        type: its type here, where that differs from the whole's.
        contextual: arguments that contexts set, by name; the whole does not have them.
    """

    external: bool = False
    requires: str | None = None
    provides: str | None = None
    override: str | None = None
    label: str | None = None
    shareable: bool = False
    lost: bool = False
    type: str | None = None
    contextual: dict[str, FromContext] = field(default_factory=dict)

    def arguments(self, says: Dialect) -> tuple[Input, ...]:
        """The arguments that contexts set."""
        return tuple(
            Input(name, item.type, directives=f" {says.name('fromContext')}(field: {json.dumps(text)})")
            for name, item in self.contextual.items()
            for text in [f"${item.context} {item.selection}"]
        )

    def directives(self, says: Dialect) -> str:
        """The federation directives of the field."""
        found = []
        if self.external:
            found.append(says.name("external"))
        if self.shareable and says.minor is not None and not self.external:
            found.append(says.name("shareable"))
        for name in ("requires", "provides"):
            if (selection := getattr(self, name)) is not None:
                found.append(f"{says.name(name)}(fields: {json.dumps(selection)})")
        if self.override is not None:
            label = "" if self.label is None else f", label: {json.dumps(self.label)}"
            found.append(f"{says.name('override')}(from: {json.dumps(self.override)}{label})")
        return "".join(f" {text}" for text in found)


@dataclass
class Part:
    """One subgraph: its types by name, and for objects the roles of the fields it has.

    ``keys`` holds, for each entity, the keys it has here and whether they are resolvable;
    ``interface_fields`` the fields each interface has here; ``extended`` the types that it extends;
    ``left_out`` pairs of an abstract type and an object that does not count as one here; ``interface_keys``
    interfaces that are entities here, ``interface_objects`` those that are known as objects only;
    ``contexts`` the names of contexts by the types that set them.
    """

    name: str
    whole: Schema
    dialect: Dialect = field(default_factory=Dialect)
    types: set[str] = field(default_factory=set)
    roles: dict[str, dict[str, Role]] = field(default_factory=dict)
    keys: dict[str, dict[Key, bool]] = field(default_factory=dict)
    interface_fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extended: set[str] = field(default_factory=set)
    root_names: dict[str, str] = field(default_factory=dict)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    interface_keys: set[str] = field(default_factory=set)
    interface_objects: set[str] = field(default_factory=set)
    contexts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it would be served."""
        return f"http://{self.name}.test/graphql"

    def needs(self) -> set[str]:
        """The federation directives that it uses."""
        roles = [role for found in self.roles.values() for role in found.values()]
        wanted = {
            "external": any(role.external for role in roles),
            "requires": any(role.requires for role in roles),
            "provides": any(role.provides for role in roles),
            "shareable": any(role.shareable for role in roles),
            "override": any(role.override for role in roles),
            "key": bool(self.keys),
            "interfaceObject": bool(self.interface_objects),
            "context": bool(self.contexts),
            "fromContext": any(role.contextual for role in roles),
        }
        return {name for name, used in wanted.items() if used}

    def interfaces(self, found: Type) -> tuple[str, ...]:
        """The interfaces of a type that this subgraph knows."""
        known = [name for name in found.interfaces if name in self.types]
        return tuple(name for name in known if (name, found.name) not in self.left_out)

    @property
    def sdl(self) -> str:
        """The subgraph's schema."""
        present = [found for found in self.whole.types if found.name in self.types]
        return self.dialect.head + self._schema() + "\n".join(map(self._type, present)) + "\n"

    def _schema(self) -> str:
        roots = {name: local for name, local in self.root_names.items() if name in self.types}
        if not roots:
            return ""
        listed = [f"{name.lower()}: {self.root_names.get(name, name)}" for name in self._roots()]
        return f"schema {{ {' '.join(listed)} }}\n"

    def _roots(self) -> list[str]:
        return [name for name in ("Query", "Mutation", "Subscription") if name in self.types]

    def _type(self, found: Type) -> str:
        if found.kind is Kind.INTERFACE:
            fields = tuple(found.field(name) for name in self.interface_fields[found.name])
            text = type_sdl(replace(found, fields=fields, interfaces=self.interfaces(found), description=None))
            head = (self._keys(found) if found.name in self.interface_keys else "") + self._contexts(found)
            text = text.replace(" {", f"{head} {{", 1)
            return described(found.description) + text
        if found.kind is Kind.UNION:
            members = tuple(name for name in found.members if (found.name, name) not in self.left_out)
            text = type_sdl(replace(found, members=members, description=None))
            return described(found.description) + text.replace(" = ", f"{self._contexts(found)} = ", 1)
        if found.kind is not Kind.OBJECT:
            return type_sdl(found)
        return self._object(found)

    def _object(self, found: Type) -> str:
        extended = found.name in self.extended
        head = "extend " if extended else described(found.description)
        head += f"type {self.root_names.get(found.name, found.name)}"
        if interfaces := self.interfaces(found):
            head += f" implements {' & '.join(interfaces)}"
        head += self._keys(found)
        if found.name in self.interface_objects:
            head += f" {self.dialect.name('interfaceObject')}"
        head += self._contexts(found)
        fields = self._fields(found)
        return head + (" {\n  " + "\n  ".join(map(self._field, fields)) + "\n}" if fields else "")

    def _keys(self, found: Type) -> str:
        texts = []
        for key, resolvable in self.keys.get(found.name, {}).items():
            rest = "" if resolvable else ", resolvable: false"
            texts.append(f" {self.dialect.name('key')}(fields: {json.dumps(key.text)}{rest})")
        return "".join(texts)

    def _contexts(self, found: Type) -> str:
        names = self.contexts.get(found.name, ())
        return "".join(f" {self.dialect.name('context')}(name: {json.dumps(name)})" for name in names)

    def _fields(self, found: Type) -> list[tuple[Field, Role]]:
        roles = self.roles[found.name]
        return [(entry, roles[entry.name]) for entry in found.fields if entry.name in roles]

    def _field(self, entry: tuple[Field, Role]) -> str:
        found, role = entry
        if role.type is not None:
            found = replace(found, type=role.type)
        target = named(found.type)
        if target in self.root_names:
            found = replace(found, type=found.type.replace(target, self.root_names[target]))
        if role.external:
            # Some composers refuse what is merged on a field that is not resolved here.
            found = replace(found, deprecated=None)
        found = replace(found, args=(*role.arguments(self.dialect), *found.args))
        return field_sdl(found, role.directives(self.dialect))
