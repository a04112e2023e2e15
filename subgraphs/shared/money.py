"""Amounts of money as parameters and in documents. Amounts are exact decimals, kept as strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from flows.graphql.types import Money, MoneyInput
from flows.schema import Refusal
from subgraphs.shared.checks import Path

CURRENCY = re.compile(r"[A-Z]{3}\Z")
WHOLE_DIGITS = 12
DECIMAL_PLACES = 4


@dataclass(frozen=True)
class Amount:
    """Money in a flow's parameters."""

    amount: Decimal
    currency: str


class StoredMoney(BaseModel):
    """Money in a document."""

    model_config = ConfigDict(frozen=True)
    amount: str
    currency: str

    @property
    def value(self) -> Decimal:
        """The amount as an exact number."""
        return Decimal(self.amount)


def from_input(money: MoneyInput) -> Amount:
    """The parameters' form of what a caller gave."""
    return Amount(amount=money.amount, currency=money.currency)


def to_stored(money: Amount) -> StoredMoney:
    """The document's form: the shortest plain notation, so equal amounts are equal strings."""
    return StoredMoney(amount=plain(money.amount), currency=money.currency)


def to_graphql(money: StoredMoney) -> Money:
    """The form that clients and plugins see."""
    return Money(amount=money.value, currency=money.currency)


def plain(amount: Decimal) -> str:
    """A checked amount without exponent and without zeros at the end: `12.5`, `100`, `0`."""
    if not amount:
        return "0"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def total(parts: Iterable[tuple[StoredMoney, int]]) -> StoredMoney:
    """What so many of each price cost together; there is at least one, and they are in one currency."""
    listed = list(parts)
    amount = sum((price.value * quantity for price, quantity in listed), Decimal(0))
    (currency,) = {price.currency for price, _ in listed}
    return StoredMoney(amount=plain(amount), currency=currency)


def check_money(money: Amount, field: Path) -> Iterator[Refusal]:
    """A price: finite, not negative, not absurd, in a currency of three capital letters (ISO 4217)."""
    amount = money.amount
    at = (*field, "amount")
    if not amount.is_finite():
        yield Refusal("NOT_A_NUMBER", "amount must be a number.", at)
    elif amount < 0:
        yield Refusal("NEGATIVE", "amount must not be negative.", at)
    elif amount and (amount.adjusted() >= WHOLE_DIGITS or _places(amount) > DECIMAL_PLACES):
        yield Refusal("OUT_OF_RANGE", f"amount may have {WHOLE_DIGITS} digits and {DECIMAL_PLACES} decimal places.", at)
    if not CURRENCY.match(money.currency):
        yield Refusal("BAD_CURRENCY", "currency must be three capital letters, such as EUR.", (*field, "currency"))


def _places(amount: Decimal) -> int:
    """Decimal places that are not zeros; never normalises, so an absurd exponent costs nothing."""
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        return 0
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -(exponent + zeros))
