"""The pure stages: limits, parsing, validation, choice of the operation, variables, caches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from gateway.config import ConfigError, GatewayConfig, Limits
from gateway.pipeline.errors import BadVariables, LimitExceeded, OperationUnresolved, ParseFailed, ValidationFailed
from gateway.pipeline.limits import check_limits
from gateway.pipeline.lru import LRU
from gateway.pipeline.operation import choose_operation
from gateway.pipeline.parse import parse_document
from gateway.pipeline.validate import validate_document
from gateway.pipeline.variables import read_variables

LIMITS = Limits(tokens=50, depth=3, aliases=2, repeats=3)
SCHEMA = build_schema("""
    type Query { a: Query, leaf(value: In, big: Big, color: Color): String }
    input In { n: Int!, s: String = "default" }
    enum Color { RED GREEN }
    scalar Big
""")


def test_syntax_errors_say_where() -> None:
    with pytest.raises(ParseFailed) as caught:
        parse_document("{ a(", LIMITS)
    [error] = caught.value.errors()
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["locations"] == [{"line": 1, "column": 5}]


def test_too_many_tokens_are_not_even_parsed() -> None:
    with pytest.raises(LimitExceeded, match="more than 50 tokens, the most allowed: ask for less"):
        parse_document("{" + "a " * 60 + "}", LIMITS)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("{ a { a { a { leaf } } } }", "4 levels"),
        ("{ a { ...F } } fragment F on Query { a { ... { a { leaf } } } }", "4 levels"),
        ("{ x: leaf y: leaf z: leaf }", "3 aliases"),
        ("{ a{leaf} a{leaf} a{leaf} a{leaf} }", "4 times for 'a'"),
    ],
)
def test_documents_beyond_the_limits(query: str, named: str) -> None:
    with pytest.raises(LimitExceeded, match=named):
        check_limits(parse(query), LIMITS)


def chain(numbers: Iterable[int], last: int) -> str:
    """Fragments that each spread the next, in the given order."""
    return (
        " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in numbers)
        + f" fragment F{last} on Query {{ leaf }}"
    )


@pytest.mark.parametrize("numbers", [range(2000), range(1999, -1, -1)], ids=["forwards", "backwards"])
def test_chains_of_fragments_end_no_stack(numbers: Iterable[int]) -> None:
    with pytest.raises(LimitExceeded, match="more than 6 levels"):
        check_limits(parse("{ ...F0 } " + chain(numbers, 2000)), LIMITS)


@pytest.mark.parametrize(
    "query",
    [
        "{ a { a { leaf } } }",
        "{ ...F } fragment F on Query { a { ...F } }",
        "{ ...Missing }",
        "{ ...F ...F ...F } fragment F on Query { x: leaf y: leaf }",
    ],
)
def test_documents_within_the_limits(query: str) -> None:
    check_limits(parse(query), LIMITS)


def validated(query: str, *, introspection: bool) -> None:
    validate_document(SCHEMA, parse(query), query, introspection)


def test_validation_errors_are_coded_and_suggest_only_where_introspection_is_allowed() -> None:
    with pytest.raises(ValidationFailed, match="Did you mean 'leaf'"):
        validated("{ leaff }", introspection=True)
    with pytest.raises(ValidationFailed) as caught:
        validated("{ leaff }", introspection=False)
    [error] = caught.value.errors()
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "mean" not in error["message"]


def test_introspection_can_be_switched_off() -> None:
    validated("{ __schema { types { name } } }", introspection=True)
    validated("{ __typename }", introspection=False)
    with pytest.raises(ValidationFailed, match="introspection"):
        validated("{ __schema { types { name } } }", introspection=False)


def test_choosing_the_operation() -> None:
    two = parse("query A { leaf } query B { leaf }")
    chosen = choose_operation(two, "B").name
    assert chosen is not None
    assert chosen.value == "B"
    for document, name in ((two, None), (two, "C"), (parse("fragment F on Query { leaf }"), None)):
        with pytest.raises(OperationUnresolved):
            choose_operation(document, name)


def variables_of(declared: str, given: dict[str, Any]) -> dict[str, Any]:
    [operation] = parse(f"query ({declared}) {{ leaf }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return read_variables(SCHEMA, operation.variable_definitions, given, introspection=True)


def test_variables_stay_as_they_were_sent_with_defaults_filled_in() -> None:
    given = {"v": {"n": 1}, "b": {"any": [1]}, "other": 1, "null": None}
    declared = "$v: In, $b: Big, $c: Color = GREEN, $null: Int = 3, $absent: Int"
    assert variables_of(declared, given) == {"v": {"n": 1}, "b": {"any": [1]}, "c": "GREEN", "null": None}


@pytest.mark.parametrize(
    ("declared", "given", "named"),
    [
        ("$v: In!", {}, r"\$v"),
        ("$v: In", {"v": {"n": "one"}}, "n"),
        ("$v: In", {"v": {"n": 1, "extra": 1}}, "extra"),
        ("$c: Color", {"c": "BLUE"}, "BLUE"),
        ("$c: Color", {"c": []}, "Color"),
    ],
)
def test_wrong_variables_are_named(declared: str, given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadVariables, match=named) as caught:
        variables_of(declared, given)
    assert {error["extensions"]["code"] for error in caught.value.errors()} == {"BAD_USER_INPUT"}


def test_a_cache_forgets_what_was_used_longest_ago() -> None:
    cache: LRU[str, int] = LRU(entries=2, weight=100)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.get("a") == 1
    cache.put("c", 3, 1)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_a_cache_is_bounded_by_weight_too() -> None:
    cache: LRU[str, int] = LRU(entries=10, weight=10)
    cache.put("a", 1, 6)
    cache.put("b", 2, 6)
    cache.put("huge", 3, 11)
    cache.put("b", 4, 9)
    assert (cache.get("a"), cache.get("b"), cache.get("huge"), len(cache)) == (None, 4, None, 1)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "either a supergraph or subgraphs"),
        ({"supergraph": "x", "subgraphs": {"a": "http://a"}}, "not both"),
        ({"subgraphs": {"a": "http://a"}, "forward_headers": ("Authorization",)}, "lower-case"),
        ({"subgraphs": {"a": "http://a"}, "forward_headers": ("content-length",)}, "content-length"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        GatewayConfig(**settings)
