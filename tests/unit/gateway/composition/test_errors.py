"""Errors are data: code, coordinate, subgraphs, places, a way out; all at once, never an exception."""

from __future__ import annotations

from gateway.composition import ErrorCode, Location, Subgraph, compose
from tests.unit.gateway.composition.support import codes, fed2, run


def test_error_names_culprit_and_place() -> None:
    """An error tells where to look in every subgraph involved."""
    sdl = fed2() + "type Query {\n  a: Int\n}\n"
    result = run(one=sdl, two=sdl)
    (error,) = result.errors
    assert error.code is ErrorCode.INVALID_FIELD_SHARING
    assert error.coordinate == "Query.a"
    assert error.subgraphs == ("one", "two")
    assert error.locations == (Location("one", 3, 3), Location("two", 3, 3))
    assert error.help is not None
    assert result.supergraph is None
    assert result.api_schema is None


def test_all_errors_at_once() -> None:
    """Independent mistakes of several subgraphs come together."""
    result = run(
        one="type Query { a: Nothing }",
        two=fed2("key") + 'type A @key(fields: "x") { id: ID! }',
        three="type {",
    )
    assert codes(result) == {"INVALID_GRAPHQL", "KEY_INVALID_FIELDS"}
    assert {name for error in result.errors for name in error.subgraphs} == {"one", "two", "three"}


def test_duplicate_name() -> None:
    """Two subgraphs cannot share a name."""
    sdl = "type Query { a: Int }"
    result = compose([Subgraph("a", "", sdl), Subgraph("a", "", sdl)])
    assert codes(result) == {"INVALID_SUBGRAPH_NAME"}


def test_unknown_version_names_the_newest_known() -> None:
    """A version of the future is refused by name."""
    (error,) = run(a=fed2(version="v2.98") + "type Query { a: Int }").errors
    assert "v2.98" in error.message
    assert "v2.14" in error.message


def test_deep_nesting_is_an_error() -> None:
    """Input that exhausts the parser is refused like any other."""
    assert codes(run(a=f"type Query {{ a: {'[' * 5000}Int{']' * 5000} }}")) == {"INVALID_GRAPHQL"}


def test_every_code_has_a_line() -> None:
    """Codes are documented where they are defined."""
    assert all(code.doc.endswith(".") for code in ErrorCode)


def test_operations_and_fragments_are_no_sdl() -> None:
    found = compose([Subgraph("one", "", "type Query { a: Int }\nquery { a }\nfragment F on Query { a }")]).errors
    assert [(error.code, error.locations[0].line) for error in found] == [
        (ErrorCode.INVALID_GRAPHQL, line) for line in (2, 3)
    ]
    assert all(error.help for error in found)


def test_a_subgraph_that_is_nearly_named_is_asked_for() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@override"])\n'
    other = Subgraph("goods", "", "type Query { b: Int }")
    (hint,) = compose([Subgraph("one", "", link + 'type Query { a: Int @override(from: "Goods") }'), other]).hints
    assert (hint.code.name, 'is "goods" meant?' in hint.message) == ("FROM_SUBGRAPH_DOES_NOT_EXIST", True)
