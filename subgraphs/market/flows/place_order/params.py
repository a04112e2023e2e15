"""What `placeOrder` is given, and what is wrong with it whatever the offers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flows.ids import hash_id
from flows.schema import Refusal, StepContext
from subgraphs.shared.checks import check_email, check_id, check_lines, check_quantity, check_text


@dataclass(frozen=True)
class AskedLine:
    """A line as it was asked for."""

    offer_id: str
    quantity: int


@dataclass(frozen=True)
class GivenBuyer:
    """Who the goods go to."""

    name: str
    email: str


@dataclass(frozen=True)
class PlaceOrder:
    """What the caller gave."""

    lines: list[AskedLine]
    buyer: GivenBuyer

    @property
    def quantities(self) -> Counter[str]:
        """How much of each offer is wanted; lines that name one offer twice count together."""
        wanted: Counter[str] = Counter()
        for line in self.lines:
            wanted[line.offer_id] += line.quantity
        return wanted

    def field_of(self, offer_id: str, name: str) -> tuple[str, ...]:
        """Path of a field in the first line that names the offer."""
        first = next(place for place, line in enumerate(self.lines) if line.offer_id == offer_id)
        return ("lines", str(first), name)


def check(params: PlaceOrder) -> list[Refusal]:
    """All that is wrong with the input."""
    return list(_refusals(params))


def _refusals(params: PlaceOrder) -> Iterator[Refusal]:
    yield from check_lines(params.lines, ("lines",))
    for position, line in enumerate(params.lines):
        yield from check_id(line.offer_id, ("lines", str(position), "offerId"))
        yield from check_quantity(line.quantity, ("lines", str(position), "quantity"))
    yield from check_text(params.buyer.name, ("buyer", "name"))
    yield from check_email(params.buyer.email, ("buyer", "email"))


def order_id(ctx: StepContext[PlaceOrder]) -> str:
    """The id of the order that this run makes."""
    return hash_id(ctx.run_id, "order")
