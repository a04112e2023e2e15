"""The kinds of values that a declared field can have: as input, in parameters, in documents and in payloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flows.graphql.types import Attribute, AttributeInput, Money, MoneyInput
from flows.schema import Refusal
from subgraphs.shared import attributes, money
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import Path, check_attributes, check_count, check_note, check_text
from subgraphs.shared.money import Amount, check_money


def same(value: Any) -> Any:
    """The value as it is."""
    return value


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Args:
        input: its GraphQL input type.
        param: its type in a flow's parameters.
        output: its GraphQL type in payloads.
        check: refusals of a parameter, under an input field.
        to_param, to_stored, to_output: from input to parameter, from there to the document, from there to payloads.
    """

    input: Any
    param: Any
    output: Any
    check: Callable[[Any, Path], Iterable[Refusal]]
    to_param: Callable[[Any], Any] = same
    to_stored: Callable[[Any], Any] = same
    to_output: Callable[[Any], Any] = same


TEXT = Kind(str, str, str, check_text, to_param=str.strip)
"""A line that says something."""

NOTE = Kind(str, str, str, check_note)
"""Any text."""

COUNT = Kind(int, int, int, check_count)
"""A number from 0."""

MONEY = Kind(
    MoneyInput, Amount, Money, check_money, money.from_input, to_stored=money.to_stored, to_output=money.to_graphql
)
"""An amount of money."""

ATTRIBUTES = Kind(
    list[AttributeInput],
    list[AttributeValue],
    list[Attribute],
    check_attributes,
    attributes.from_input,
    to_stored=attributes.to_stored,
    to_output=attributes.to_graphql,
)
"""Named values."""
