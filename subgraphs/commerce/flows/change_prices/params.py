"""What `changePrices` is given, and what is wrong with it whatever the goods are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from flows.schema import OnRefused, Refusal
from subgraphs.shared.attributes import AttributeValue
from subgraphs.shared.checks import check_attributes
from subgraphs.shared.money import DECIMAL_PLACES, Amount, check_money

LARGEST_PERCENT = 10_000


@dataclass(frozen=True)
class ChangePrices:
    """What the caller gave.

    Attributes:
        percent: what is added to each price (negative: taken off), in place of one `price` for all.
        decimals: the places that a price is rounded to then, half to even.
        attribute: only goods that have it.
    """

    business_id: str
    percent: Decimal | None = None
    price: Amount | None = None
    decimals: int = 2
    attribute: AttributeValue | None = None
    on_refused: OnRefused = OnRefused.CONTINUE


def check(params: ChangePrices) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_check(params))


def _check(params: ChangePrices) -> Iterator[Refusal]:
    if params.percent is None and params.price is None:
        yield Refusal("EMPTY", "Give percent or price.", ("percent",))
    if params.percent is not None and params.price is not None:
        yield Refusal("DUPLICATE", "Give percent or price, not both.", ("price",))
    if params.percent is not None:
        yield from _check_percent(params.percent)
    if params.price is not None:
        yield from check_money(params.price, ("price",))
    if not 0 <= params.decimals <= DECIMAL_PLACES:
        yield Refusal("OUT_OF_RANGE", f"decimals must be from 0 to {DECIMAL_PLACES}.", ("decimals",))
    if params.attribute is not None:
        yield from check_attributes([params.attribute], ("attribute",))


def _check_percent(percent: Decimal) -> Iterator[Refusal]:
    if not percent.is_finite():
        yield Refusal("NOT_A_NUMBER", "percent must be a number.", ("percent",))
    elif not -100 <= percent <= LARGEST_PERCENT:
        yield Refusal("OUT_OF_RANGE", f"percent must be from -100 to {LARGEST_PERCENT}.", ("percent",))
