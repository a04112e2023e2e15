"""What a caller needs to be granted for each field: `@authenticated`, `@requiresScopes`, `@policy`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from typing import Any, Final

from graphql import DocumentNode, InterfaceTypeDefinitionNode, ObjectTypeDefinitionNode, TypeDefinitionNode

from gateway.supergraph.features import Features, read_features
from gateway.supergraph.model import Kind, Model, named_type
from gateway.supergraph.reader import arguments_of

Alternatives = frozenset[frozenset[str]]
"""Sets of names of which one must be granted as a whole; no sets at all where nothing is needed."""

_ARGUMENTS: Final = {"requiresScopes": "scopes", "policy": "policies"}
_MOST_KEPT: Final = 1_000
_NO_FIELDS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Grants:
    """What a caller may: nothing, unless something says so.

    Attributes:
        expires_at: when that ends, with a time zone; None where it does not. Streams end then.
    """

    authenticated: bool = False
    scopes: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    expires_at: datetime | None = field(default=None, compare=False)


NOTHING: Final = Grants()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is needed for one type or field."""

    authenticated: bool = False
    scopes: tuple[Alternatives, ...] = ()
    policies: tuple[Alternatives, ...] = ()

    def __bool__(self) -> bool:
        return self.authenticated or bool(self.scopes or self.policies)

    def __and__(self, other: Requirement) -> Requirement:
        return Requirement(
            self.authenticated or other.authenticated,
            tuple(dict.fromkeys(self.scopes + other.scopes)),
            tuple(dict.fromkeys(self.policies + other.policies)),
        )

    def met_by(self, grants: Grants) -> bool:
        """Whether all of it is granted."""
        return (
            (grants.authenticated or not self.authenticated)
            and all(any(names <= grants.scopes for names in each) for each in self.scopes)
            and all(any(names <= grants.policies for names in each) for each in self.policies)
        )


FREE: Final = Requirement()


@dataclass(frozen=True)
class Requirements:
    """The requirements of a supergraph by coordinate (`Type.field`); fields that need nothing are not in it.

    A field needs what is said of it, of its type, and of the type that it returns; one of an interface needs what
    it needs on each of the types behind it, for any of them may answer.
    """

    fields: Mapping[str, Requirement]
    _refused: dict[Grants, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def policies(self) -> frozenset[str]:
        """All policies that are named."""
        found = [name for item in self.fields.values() for each in item.policies for names in each for name in names]
        return frozenset(found)

    def refused(self, grants: Grants) -> frozenset[str]:
        """The fields that are not for a caller with these grants."""
        if not self.fields:
            return _NO_FIELDS
        found = self._refused.get(grants)
        if found is None:
            found = frozenset(name for name, needed in self.fields.items() if not needed.met_by(grants))
            if len(self._refused) >= _MOST_KEPT:
                self._refused.clear()
            self._refused[grants] = found
        return found


def read_requirements(document: DocumentNode, model: Model) -> Requirements:
    """The requirements that a supergraph states."""
    features = read_features(document)
    types: dict[str, Requirement] = {}
    own: dict[str, Requirement] = {}
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode):
            types[node.name.value] = _stated(features, node)
            if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
                for item in node.fields or ():
                    own[f"{node.name.value}.{item.name.value}"] = _stated(features, item)
    if not any(types.values()) and not any(own.values()):
        return Requirements({})
    return Requirements(_by_field(model, types, own))


def _by_field(model: Model, types: Mapping[str, Requirement], own: Mapping[str, Requirement]) -> dict[str, Requirement]:
    found: dict[str, Requirement] = {}
    for definition in model.types.values():
        for name, item in definition.fields.items():
            returned = types.get(named_type(item.type), FREE)
            found[f"{definition.name}.{name}"] = (
                types.get(definition.name, FREE) & own.get(f"{definition.name}.{name}", FREE) & returned
            )
    behind: dict[str, list[str]] = {}
    for definition in model.types.values():
        if definition.kind is Kind.OBJECT:
            for interface in definition.all_interfaces():
                behind.setdefault(interface, []).append(definition.name)
    for interface, names in behind.items():
        for name in model.types[interface].fields if interface in model.types else ():
            coordinates = [f"{interface}.{name}", *(f"{other}.{name}" for other in names)]
            found[f"{interface}.{name}"] = reduce(Requirement.__and__, (found.get(each, FREE) for each in coordinates))
    return {coordinate: needed for coordinate, needed in found.items() if needed}


def _stated(features: Features, node: Any) -> Requirement:
    needed = FREE
    for directive in node.directives or ():
        name = directive.name.value
        if features.means(name, "authenticated"):
            needed &= Requirement(True)
        for original, argument in _ARGUMENTS.items():
            if features.means(name, original):
                stated = _alternatives(arguments_of(directive).get(argument))
                needed &= Requirement(scopes=stated) if original == "requiresScopes" else Requirement(policies=stated)
    return needed


def _alternatives(value: Any) -> tuple[Alternatives, ...]:
    """An argument of the form `[[A and B] or [C]]`; where it names nothing, nothing is enough."""
    given: Iterable[Any] = value if isinstance(value, list) else ()
    return (frozenset(frozenset(map(str, names)) for names in given if isinstance(names, list)),)
