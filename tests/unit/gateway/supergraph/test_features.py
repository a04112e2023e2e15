"""What a linked specification brings is not part of the API, under whatever name it was linked."""

from __future__ import annotations

from gateway.composition import Subgraph, compose
from gateway.supergraph import load_supergraph

HEAD = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
    ' import: ["@composeDirective", {name: "@inaccessible", as: "@hidden"}])'
)


def _served(sdl: str) -> tuple[set[str], set[str]]:
    """Field names of the query root and directive names of the API."""
    result = compose([Subgraph("a", "", sdl)])
    assert result.supergraph is not None, result.errors
    schema = load_supergraph(result.supergraph).api_schema
    assert schema.query_type is not None
    return set(schema.query_type.fields), {directive.name for directive in schema.directives}


def test_a_renamed_directive_still_hides() -> None:
    """@inaccessible under another name is as strong."""
    fields, _ = _served(f"{HEAD} type Query {{ a: Int b: Int @hidden }}")
    assert fields == {"a"}


def test_composed_directives_are_not_of_the_api() -> None:
    """A directive of a linked specification is left out, one of the user's own is kept, whatever its name."""
    link = '@link(url: "https://a.test/own/v1.0", import: ["@mine"]) @composeDirective(name: "@mine")'
    _, directives = _served(
        f"{HEAD} {link} directive @mine on FIELD | OBJECT directive @cost on FIELD type Query @mine {{ a: Int }}"
    )
    assert "mine" not in directives
    assert "cost" in directives
