"""What `createSale` is given, what is wrong with it, and how plugins may amend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic.alias_generators import to_camel

from flows.ids import hash_id
from flows.schema import Refusal, StepContext
from subgraphs.commerce.flows.sale_lines import AgreedPrice, AskedLine, line_field, quantities
from subgraphs.shared import money
from subgraphs.shared.checks import LARGEST_INT, check_id, check_lines, check_quantity, check_text
from subgraphs.shared.money import Amount, check_money


@dataclass(frozen=True)
class CreateSale:
    """What the caller gave; `agreed` holds prices that plugins amended, so what was asked for stays known."""

    business_id: str
    customer_id: str
    lines: list[AskedLine]
    external_ref: str | None = None
    agreed: list[AgreedPrice] = field(default_factory=list)


def check(params: CreateSale) -> list[Refusal]:
    """All that is wrong with the input, amendments included."""
    return list(_refusals(params))


def _refusals(params: CreateSale) -> Iterator[Refusal]:
    yield from check_lines(params.lines, ("lines",))
    yield from check_id(params.customer_id, ("customerId",))
    for position, line in enumerate(params.lines):
        yield from check_id(line.good_id, line_field(position, "goodId"))
        yield from check_quantity(line.quantity, line_field(position, "quantity"))
        if line.unit_price is not None:
            yield from check_money(line.unit_price, line_field(position, "unitPrice"))
    wanted = quantities(params.lines)
    if any(quantity > LARGEST_INT for quantity in wanted.values()):
        yield Refusal("OUT_OF_RANGE", f"At most {LARGEST_INT} of one good can be sold at once.", ("lines",))
    if params.external_ref is not None:
        yield from check_text(params.external_ref, ("externalRef",))
    for price in params.agreed:
        if price.good_id not in wanted:
            yield Refusal("NOT_FOUND", f"Good {price.good_id!r} has no line in this sale.", ("lines",))
        yield from check_money(price.unit_price, ("lines", "unitPrice"))


def sale_id(ctx: StepContext[CreateSale]) -> str:
    """One id for each external ref of a business; without one, an id of this run's own."""
    params = ctx.params
    if params.external_ref is None:
        return hash_id("sale", ctx.run_id)
    return hash_id("sale", params.business_id, "ref", params.external_ref)


def fingerprint(params: CreateSale) -> str:
    """Equal for two inputs that ask for the same; amendments do not count."""
    lines = [
        (
            line.good_id,
            line.quantity,
            line.unit_price and (money.plain(line.unit_price.amount), line.unit_price.currency),
        )
        for line in params.lines
    ]
    return hash_id(params.business_id, params.customer_id, params.external_ref, lines)


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class AmendedMoney(_Camel):
    """An amount and its currency."""

    amount: Decimal
    currency: str


class AmendedLine(_Camel):
    """The price at which a good shall be sold in this sale, in the currency of its line."""

    good_id: str
    unit_price: AmendedMoney


class SaleAmendment(_Camel):
    """What a plugin may return on `beforeSale`: other prices for some of the goods, each named once."""

    lines: list[AmendedLine] = []

    @field_validator("lines")
    @classmethod
    def _one_for_each_good(cls, lines: list[AmendedLine]) -> list[AmendedLine]:
        """A price counts for all lines of a good: of two, one would be lost without a word."""
        for good_id, times in Counter(line.good_id for line in lines).items():
            if times > 1:
                raise ValueError(f"{times} lines name good {good_id[:80]!r}; give its price once")
        return lines


def amend(params: CreateSale, result: Any) -> CreateSale:
    """The sale with the plugin's prices; what it does not name stays as it is."""
    agreed = {item.good_id: item for item in params.agreed}
    for line in SaleAmendment.model_validate(result).lines:
        price = Amount(amount=line.unit_price.amount, currency=line.unit_price.currency)
        agreed[line.good_id] = AgreedPrice(good_id=line.good_id, unit_price=price)
    return replace(params, agreed=list(agreed.values()))
