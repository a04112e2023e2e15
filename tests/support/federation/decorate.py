"""One schema as one subgraph would print it: with federation's directives, hidden parts and extensions.

None of it may change the API; ``decorated`` gives the SDL of the subgraph and of the API it must have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from tests.support.federation.chance import Chance
from tests.support.federation.dialect import FED1, NEWEST_MINOR, SINCE, Dialect
from tests.support.federation.monolith import monolith
from tests.support.federation.schema import ROOTS, Schema

_EVERYWHERE = frozenset(
    {"OBJECT", "INTERFACE", "UNION", "ENUM", "SCALAR", "INPUT_OBJECT", "ENUM_VALUE", "FIELD_DEFINITION"}
    | {"ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION"}
)
_GUARDED = frozenset({"OBJECT", "FIELD_DEFINITION", "ENUM", "SCALAR"})
_COSTLY = _GUARDED | {"ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION"}
_SHARED = frozenset({"OBJECT", "FIELD_DEFINITION"})

_APPLICATIONS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("tag", '(name: "t")', _EVERYWHERE),
    ("tag", '(name: "other-tag/1")', _EVERYWHERE),
    ("shareable", "", _SHARED),
    ("authenticated", "", _GUARDED),
    ("requiresScopes", '(scopes: [["a", "b"], ["c"]])', _GUARDED),
    ("policy", '(policies: [["p"]])', _GUARDED),
    ("cost", "(weight: 5)", _COSTLY),
    ("listSize", "(assumedSize: 10)", frozenset({"LIST"})),
)
_OWN = '@own(of: {a: [1, "x"]})'
_SHOWN = 'directive @shown("why" level: Int = 1) repeatable on QUERY | FIELD'
_MIXED = "directive @both(of: [String!]) on %sFIELD | FRAGMENT_SPREAD"
_DEFINITIONS = (f"directive @own(of: Own) repeatable on {' | '.join(sorted(_EVERYWHERE))}", "scalar Own", _SHOWN)
_API_DEFINITIONS = "\n".join(["scalar Own", _SHOWN, _MIXED % ""])
_PLACES: dict[type[Any], str] = {
    ObjectTypeDefinitionNode: "OBJECT",
    InterfaceTypeDefinitionNode: "INTERFACE",
    UnionTypeDefinitionNode: "UNION",
    EnumTypeDefinitionNode: "ENUM",
    ScalarTypeDefinitionNode: "SCALAR",
    InputObjectTypeDefinitionNode: "INPUT_OBJECT",
}


@dataclass(frozen=True)
class Decorated:
    """A subgraph's SDL, and the API it has alone."""

    sdl: str
    api: str


def decorated(chance: Chance, federation1: bool = False) -> Decorated:
    """A random schema as a subgraph of federation 2 (any minor version), or of federation 1."""
    whole = monolith(chance)
    says = Dialect() if federation1 else _dialect(chance)
    dresser = _Dresser(chance, says, whole)
    shown = [part for node in parse(whole.sdl, no_location=True).definitions for part in dresser.definition(node)]
    extra = [*_DEFINITIONS, _MIXED % "OBJECT | "]
    if dresser.may("inaccessible"):
        extra.append(f"type Hidden {says.name('inaccessible')} {{ a: Int }}")
    body = "\n".join([*extra, *shown])
    if chance.flag(4):
        body = _with_other_roots(whole, body)
    return Decorated(f"{says.head}{body}\n", "\n".join([_API_DEFINITIONS, whole.sdl]))


def _dialect(chance: Chance) -> Dialect:
    minor = chance.integer(0, NEWEST_MINOR)
    names = [name for name, since in SINCE.items() if since <= minor]
    style = chance.integer(0, 2)
    if style == 0:
        return Dialect(minor, imports={name: name for name in names})
    imports = {name: chance.choice((name, f"my_{name}")) for name in chance.some(names)} if style == 1 else {}
    return Dialect(minor, chance.choice((None, "fed")), imports)


def _with_other_roots(whole: Schema, body: str) -> str:
    roots = [name for name in ROOTS if name in whole.by_name]
    for name in roots:
        body = re.sub(rf"\b{name}\b", f"My{name}", body)
    return f"schema {{ {' '.join(f'{name.lower()}: My{name}' for name in roots)} }}\n{body}"


class _Dresser:
    """Adds to each definition what the API must not show."""

    def __init__(self, chance: Chance, says: Dialect, whole: Schema) -> None:
        self._chance = chance
        self._says = says
        self._whole = whole

    def may(self, directive: str) -> bool:
        """Whether the dialect has a directive; federation 1 hides nothing and has few."""
        minor = self._says.minor
        return directive in FED1 if minor is None else SINCE[directive] <= minor

    def definition(self, node: Any) -> list[str]:
        """A definition's text, at times with the last of its parts in an extension."""
        changed = self._apply(node, _PLACES[type(node)])
        for key in ("fields", "values"):
            if getattr(node, key, None):
                changed = replace(changed, **{key: self._children(node, getattr(node, key))})
        for key in ("fields", "values", "types"):
            parts = getattr(changed, key, None) or ()
            if len(parts) > 1 and self._chance.flag(6):
                bare = replace(changed, description=None, directives=(), **{key: parts[-1:]})
                if hasattr(bare, "interfaces"):
                    bare = replace(bare, interfaces=())
                return [print_ast(replace(changed, **{key: parts[:-1]})), f"extend {print_ast(bare)}"]
        return [print_ast(changed)]

    def _children(self, owner: Any, nodes: Sequence[Any]) -> tuple[Any, ...]:
        children = [self._child(owner, node) for node in nodes]
        if not isinstance(owner, InterfaceTypeDefinitionNode) and not self._one_of(owner):
            children += self._hidden("HIDDEN" if isinstance(owner, EnumTypeDefinitionNode) else "hidden: Int", owner)
        return tuple(children)

    def _one_of(self, owner: Any) -> bool:
        return any(directive.name.value == "oneOf" for directive in owner.directives or ())

    def _child(self, owner: Any, node: Any) -> Any:
        if isinstance(owner, EnumTypeDefinitionNode):
            return self._apply(node, "ENUM_VALUE")
        if isinstance(owner, InputObjectTypeDefinitionNode):
            return self._apply(node, "INPUT_FIELD_DEFINITION")
        if isinstance(owner, InterfaceTypeDefinitionNode):
            return self._apply(node, "INTERFACE_FIELD")
        arguments = [self._apply(argument, "ARGUMENT_DEFINITION") for argument in node.arguments or ()]
        if arguments:
            arguments += self._hidden("hidden: Int", None)
        place = "EVENT" if owner.name.value == "Subscription" else "FIELD_DEFINITION"
        changed = self._apply(replace(node, arguments=tuple(arguments)), place)
        return self._apply(changed, "LIST") if _is_list(node) else changed

    def _hidden(self, text: str, owner: Any) -> list[Any]:
        if not self.may("inaccessible") or not self._chance.flag(4):
            return []
        text = f"{text} {self._says.name('inaccessible')}"
        if owner is None:
            field: Any = parse(f"type X {{ x({text}): Int }}", no_location=True).definitions[0]
            return list(field.fields[0].arguments)
        head = {EnumTypeDefinitionNode: "enum", InputObjectTypeDefinitionNode: "input"}.get(type(owner), "type")
        holder: Any = parse(f"{head} X {{ {text} }}", no_location=True).definitions[0]
        return list(holder.values if head == "enum" else holder.fields)

    def _apply(self, node: Any, place: str) -> Any:
        texts = [
            self._says.name(name) + arguments
            for name, arguments, places in _APPLICATIONS
            if (place in places or (place in ("INTERFACE_FIELD", "EVENT") and name == "tag"))
            and self.may(name)
            and not (name == "shareable" and getattr(node.name, "value", "") == "Subscription")
            and self._chance.flag(8)
        ]
        if place in _EVERYWHERE and self._chance.flag(10):
            texts += [_OWN] * self._chance.integer(1, 2)
        found = self._whole.by_name.get(node.name.value) if place == "OBJECT" else None
        for key in found.keys if found is not None else ():
            texts.append(f"{self._says.name('key')}(fields: {json.dumps(key.text)})")
        holder: Any = parse(f"scalar X {' '.join(texts)}", no_location=True).definitions[0]
        return replace(node, directives=(*(node.directives or ()), *(holder.directives or ())))


def _is_list(node: Any) -> bool:
    kind = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
    return isinstance(kind, ListTypeNode)
