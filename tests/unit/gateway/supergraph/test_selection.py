"""How arguments are written in canonical text."""

from __future__ import annotations

import gc

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, parse_value, value_from_ast_untyped

from gateway.supergraph.selection import print_arguments

VARIABLES = {"some": 1, "x": 2, "f": 3}


@pytest.mark.parametrize(
    "value",
    [
        "$some",
        "-12345678901234567890123",
        "1.50e3",
        "true",
        "false",
        "null",
        "RED",
        '"a \\"quoted\\" \\\\ text, \\u0007, 日本"',
        '"""\n  a block\n    of "text"\n"""',
        "[]",
        "[1, [2, $x], null]",
        "{}",
        '{a: {b: [{c: "d"}]}, e: $f}',
    ],
)
def test_a_value_reads_as_it_was_written(value: str) -> None:
    text = print_arguments(_field(f"f(a: {value})"))
    [printed] = _field("f" + text).arguments or ()
    given = parse_value(value)
    assert printed.value.kind == given.kind
    assert value_from_ast_untyped(printed.value, VARIABLES) == value_from_ast_untyped(given, VARIABLES)


def test_arguments_come_in_the_order_of_their_names() -> None:
    assert print_arguments(_field("f(b: 1, a: {d: 2, c: 3})")) == "(a: {d: 2, c: 3}, b: 1)"


def test_a_long_list_leaves_nothing_to_the_collector() -> None:
    field = _field(f"f(a: [{'1, ' * 2_000}])")
    gc.collect()
    print_arguments(field)
    assert gc.collect() < 100


def _field(text: str) -> FieldNode:
    [operation] = parse("{" + text + "}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    [field] = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    return field
