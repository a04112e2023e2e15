"""Lines of a sale: what was asked for, at which price each good is sold, and what that makes in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import strawberry

from flows.graphql.types import Money
from flows.schema import Loader, Refusal
from subgraphs.commerce.documents import GoodDocument, StoredSaleLine
from subgraphs.commerce.types.catalog import Good
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.money import Amount, StoredMoney


@dataclass(frozen=True)
class AskedLine:
    """A line as it was asked for; without a price the good's own counts."""

    good_id: str
    quantity: int
    unit_price: Amount | None = None


@dataclass(frozen=True)
class AgreedPrice:
    """A price that a plugin gave a good for this sale."""

    good_id: str
    unit_price: Amount


@strawberry.type(description="A line of a sale as it was at the hook.")
class CommerceSaleLineValues:
    good_id: strawberry.ID
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, line: StoredSaleLine) -> CommerceSaleLineValues:
        return cls(
            good_id=strawberry.ID(line.good_id),
            quantity=line.quantity,
            unit_price=money.to_graphql(line.unit_price),
        )

    @strawberry.field
    async def good(self, info: SubgraphInfo) -> Good | None:
        return await Good.live(info, self.good_id)


def line_field(position: int, name: str) -> tuple[str, ...]:
    """Path of a line's field in the input."""
    return ("lines", str(position), name)


async def price_lines(
    load: Loader, business_id: str, lines: Sequence[AskedLine], agreed: Iterable[AgreedPrice]
) -> list[StoredSaleLine] | Refusal:
    """The lines with their prices: a plugin's, else the one asked for, else the good's.

    A plugin makes a line cheaper or dearer; its currency is the caller's, who pays in it.
    A good whose price changes between a sale's validation and its reservation is sold at the later one.
    """
    prices = {item.good_id: item.unit_price for item in agreed}
    priced: list[StoredSaleLine] = []
    for position, line in enumerate(lines):
        good = await load(GoodDocument, line.good_id)
        if good is None or good.business_id != business_id:
            field = line_field(position, "goodId")
            return Refusal("NOT_FOUND", f"Line {position + 1} names no good of this business.", field)
        asked = money.to_stored(line.unit_price) if line.unit_price else good.price
        amended = prices.get(line.good_id)
        price = money.to_stored(amended) if amended else asked
        if price.currency != asked.currency:
            message = f"Line {position + 1} is in {asked.currency}; a plugin gave it a price in {price.currency}."
            return Refusal("MIXED_CURRENCIES", message, line_field(position, "unitPrice"))
        priced.append(StoredSaleLine(good_id=good.id, quantity=line.quantity, unit_price=price))
    currencies = {line.unit_price.currency for line in priced}
    if len(currencies) > 1:
        named = ", ".join(sorted(currencies))
        return Refusal("MIXED_CURRENCIES", f"A sale has one currency; its lines have {named}.", ("lines",))
    return priced


async def missing_stock(load: Loader, lines: Sequence[AskedLine]) -> Refusal | None:
    """Why the goods cannot all be had as things stand; asked early, so that nothing needs to be undone."""
    wanted = quantities(lines)
    for position, line in enumerate(lines):
        good = await load(GoodDocument, line.good_id)
        stock = good.stock if good else 0
        if stock < wanted[line.good_id]:
            message = f"{wanted[line.good_id]} of good {line.good_id} are wanted; {stock} are in stock."
            return Refusal("OUT_OF_STOCK", message, line_field(position, "quantity"))
    return None


def quantities(lines: Iterable[AskedLine | StoredSaleLine]) -> Counter[str]:
    """How much of each good the lines want together."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.good_id] += line.quantity
    return wanted


def total_of(lines: Sequence[StoredSaleLine]) -> StoredMoney:
    """What the lines, of which there is at least one, cost together."""
    return money.total((line.unit_price, line.quantity) for line in lines)
