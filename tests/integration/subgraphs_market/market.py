"""Market with one seller, and what tests do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from identity import Principal
from tests.integration.subgraphs.running import ADA, RunningService

NUMBERS = "id stock reserved available status price { amount currency }"
ORDER = "order { id status cancelReason total { amount currency } lines { offerId quantity } }"
BUYER = {"name": "Carol", "email": "carol@example.org"}


def euros(amount: str) -> dict[str, str]:
    """A price."""
    return {"amount": amount, "currency": "EUR"}


@dataclass
class Shop:
    """A seller of ada's with products and offers."""

    market: RunningService
    seller_id: str
    who: Principal = ADA

    async def offer(self, stock: int = 10, price: str = "2.50", currency: str = "EUR") -> str:
        """Make a product and an offer of it."""
        product = await self.market.mutate(
            "createProduct", "product { id }", who=self.who, sellerId=self.seller_id, title="Mug"
        )
        made = await self.market.mutate(
            "createSellOffer",
            "sellOffer { id }",
            who=self.who,
            sellerId=self.seller_id,
            productId=product["product"]["id"],
            price={"amount": price, "currency": currency},
            stock=stock,
        )
        return str(made["sellOffer"]["id"])

    async def numbers(self, offer_id: str, who: Principal = ADA) -> Any:
        """The offer as somebody sees it."""
        query = f"query($id: ID!) {{ sellOffer(id: $id) {{ {NUMBERS} }} }}"
        return (await self.market.ask(query, {"id": offer_id}, who))["sellOffer"]

    async def stock(self, offer_id: str) -> tuple[int, int, int]:
        """Stock, reserved and available."""
        seen = await self.numbers(offer_id)
        return seen["stock"], seen["reserved"], seen["available"]

    async def place(self, *lines: tuple[str, int], who: Principal = ADA, key: str | None = None, **buyer: str) -> Any:
        """Place an order of these offers and quantities."""
        given: Sequence[Any] = [{"offerId": offer, "quantity": quantity} for offer, quantity in lines]
        return await self.market.mutate("placeOrder", ORDER, who=who, key=key, lines=given, buyer={**BUYER, **buyer})


async def open_shop(market: RunningService, who: Principal = ADA) -> Shop:
    """A seller of that user."""
    made = await market.mutate("createSeller", "seller { id }", who=who, name="Shop")
    return Shop(market, str(made["seller"]["id"]), who)


def faults(payload: Any) -> list[tuple[str, list[str] | None]]:
    """Codes and fields of a payload's errors."""
    return [(error["code"], error["field"]) for error in payload["errors"]]
