"""The federation specifications: which directives exist, since which version, and how they are defined.

Sources: the public federation subgraph specification and the specifications under specs.apollo.dev.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from graphql import DirectiveDefinitionNode, parse, print_ast

from gateway.composition.subgraph.links import FEDERATION_SPEC, Links

NEWEST = (2, 14)
"""The newest federation version this composer accepts; newer minors are refused by name."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One directive: its definition (canonical names), the version that brought it, its home."""

    name: str
    since: tuple[int, int]
    sdl: str
    own_spec: str | None = None
    composed: bool = False
    """Whether its applications are carried into the supergraph."""


_OUT = "OBJECT | FIELD_DEFINITION | INTERFACE | SCALAR | ENUM"
_ALL = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE"
    " | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_COST = "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR"

_SPECS = (
    Spec(
        "key",
        (2, 0),
        "directive @key(fields: federation__FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    ),
    Spec("requires", (2, 0), "directive @requires(fields: federation__FieldSet!) on FIELD_DEFINITION"),
    Spec("provides", (2, 0), "directive @provides(fields: federation__FieldSet!) on FIELD_DEFINITION"),
    Spec("external", (2, 0), "directive @external(reason: String) on OBJECT | FIELD_DEFINITION"),
    Spec("extends", (2, 0), "directive @extends on OBJECT | INTERFACE"),
    Spec("shareable", (2, 0), "directive @shareable repeatable on OBJECT | FIELD_DEFINITION"),
    Spec("override", (2, 0), "directive @override(from: String!, label: String) on FIELD_DEFINITION"),
    Spec("tag", (2, 0), f"directive @tag(name: String!) repeatable on {_ALL} | SCHEMA", "tag", True),
    Spec("inaccessible", (2, 0), f"directive @inaccessible on {_ALL}", "inaccessible", True),
    Spec("composeDirective", (2, 1), "directive @composeDirective(name: String) repeatable on SCHEMA"),
    Spec("interfaceObject", (2, 3), "directive @interfaceObject on OBJECT"),
    Spec("authenticated", (2, 5), f"directive @authenticated on {_OUT}", "authenticated", True),
    Spec(
        "requiresScopes",
        (2, 5),
        f"directive @requiresScopes(scopes: [[federation__Scope!]!]!) on {_OUT}",
        "requiresScopes",
        True,
    ),
    Spec("policy", (2, 6), f"directive @policy(policies: [[federation__Policy!]!]!) on {_OUT}", "policy", True),
    Spec("context", (2, 8), "directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION", "context"),
    Spec(
        "fromContext",
        (2, 8),
        "directive @fromContext(field: federation__ContextFieldValue) on ARGUMENT_DEFINITION",
        "context",
    ),
    Spec("cost", (2, 9), f"directive @cost(weight: Int!) on {_COST}", "cost", True),
    Spec(
        "listSize",
        (2, 9),
        "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], "
        "requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
        "cost",
        True,
    ),
    Spec("cacheTag", (2, 12), "directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT"),
)

SPECS = {spec.name: spec for spec in _SPECS}

COMPOSED = tuple(spec.name for spec in _SPECS if spec.composed)
"""Directives whose applications reach the supergraph by themselves."""

FED1_DIRECTIVES = ("key", "requires", "provides", "external", "extends", "tag")
"""What a subgraph without a federation link may use without defining it."""

FED1_KNOWN = (*FED1_DIRECTIVES, "inaccessible", "override")
"""What it may define itself and still be understood."""

SCALARS = ("FieldSet", "Scope", "Policy", "ContextFieldValue")
"""Types of the federation specification."""

FED_SCALARS = tuple(f"federation__{name}" for name in SCALARS)

SPEC_VERSIONS = {
    "tag": "v0.3",
    "inaccessible": "v0.2",
    "authenticated": "v0.1",
    "requiresScopes": "v0.1",
    "policy": "v0.1",
    "cost": "v0.1",
    "context": "v0.1",
}
"""The version of each directive's own specification that the supergraph links."""

SPEC_PURPOSES = {
    "inaccessible": "SECURITY",
    "authenticated": "SECURITY",
    "requiresScopes": "SECURITY",
    "policy": "SECURITY",
    "context": "SECURITY",
}

_KNOWN_OWN_VERSIONS: dict[str, tuple[tuple[int, int], ...]] = {
    "tag": ((0, 1), (0, 2), (0, 3)),
    "inaccessible": ((0, 1), (0, 2)),
    "authenticated": ((0, 1),),
    "requiresScopes": ((0, 1),),
    "policy": ((0, 1),),
    "cost": ((0, 1),),
    "context": ((0, 1),),
    "link": ((1, 0),),
    "core": ((0, 1), (0, 2)),
    "join": ((0, 1), (0, 2), (0, 3), (0, 4), (0, 5)),
}

_OWN_PREFIX = FEDERATION_SPEC.removesuffix("federation")


def known_versions(identity: str) -> tuple[tuple[int, int], ...] | None:
    """The versions of a core specification that are known, None for a specification that is not core."""
    return _KNOWN_OWN_VERSIONS.get(identity.removeprefix(_OWN_PREFIX)) if identity.startswith(_OWN_PREFIX) else None


def came_with(identity: str) -> tuple[int, int] | None:
    """The federation version that brought a core specification, None for what is no such specification."""
    found = [spec.since for spec in SPECS.values() if spec.own_spec and identity == _OWN_PREFIX + spec.own_spec]
    return max(found, default=None)


def canonical(links: Links, local: str) -> str | None:
    """The federation directive that a local name (without ``@``) means, or None."""
    found = links.resolve(f"@{local}")
    if found is None:
        return local if links.federation is None and local in FED1_KNOWN else None
    link, element = found
    name = element.removeprefix("@")
    spec = SPECS.get(name)
    if spec is None:
        return None
    if link.url.identity == FEDERATION_SPEC:
        return name
    return name if spec.own_spec and link.url.identity == _OWN_PREFIX + spec.own_spec else None


@cache
def definition(name: str) -> DirectiveDefinitionNode:
    """The canonical definition of a federation directive as syntax."""
    node = parse(SPECS[name].sdl, no_location=True).definitions[0]
    assert isinstance(node, DirectiveDefinitionNode)
    return node


@cache
def argument_types(name: str) -> dict[str, str]:
    """The types of a federation directive's arguments by name."""
    return {node.name.value: print_ast(node.type) for node in definition(name).arguments or ()}
