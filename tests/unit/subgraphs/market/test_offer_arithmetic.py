"""Whatever happens to an offer in whatever order, nothing of it is sold twice."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from flows.schema import Change, Refusal
from subgraphs.market.documents import OfferStatus, SellOfferDocument
from subgraphs.market.flows.reservations import ReleaseOffer, ReserveOffer, release, reserve
from subgraphs.market.flows.update_sell_offer import UpdateSellOffer, change_offer
from subgraphs.market.flows.withdraw_sell_offer import WithdrawSellOffer, withdraw
from tests.unit.subgraphs.market.things import offer
from tests.unit.subgraphs.steps import step_context

PROPERTY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Shelf:
    """An offer and the shelf behind it: goods leave the shelf when a sale is made of an order.

    `told` is what the market was told of the shelf. A sale's stock arrives with the orders that it settles; until then
    the order's reservation stands for the goods that are gone.
    """

    def __init__(self, stock: int) -> None:
        self.offer: SellOfferDocument = offer(stock=stock)
        self.shelf = stock
        self.open: dict[str, int] = {}
        self.sold: dict[str, int] = {}
        self.news: list[tuple[int, list[str]]] = []
        self.orders = 0

    async def apply(self, decision: Any) -> bool:
        """Take a flow's decision; whether it was not refused."""
        if isinstance(decision, Change):
            new = decision.document
            assert isinstance(new, SellOfferDocument)
            self.offer = new.model_copy(update={"version": self.offer.version + 1})
        return not isinstance(decision, Refusal)

    async def place(self, quantity: int) -> None:
        """An order wants this much; run twice, as after a crash."""
        self.orders += 1
        order_id = f"order-{self.orders}"
        before = self.offer.available
        wanted = ReserveOffer(self.offer.id, order_id, quantity)
        placed = await self.apply(await reserve(step_context(wanted), self.offer))
        assert placed == (quantity <= before and self.offer.status is OfferStatus.ACTIVE)
        if placed:
            once = self.offer
            assert await self.apply(await reserve(step_context(wanted), self.offer))
            assert self.offer == once
            self.open[order_id] = quantity

    async def sell(self, order_id: str) -> None:
        """Goods of an open order leave the shelf; the market will hear of it."""
        quantity = self.open.pop(order_id)
        self.shelf -= quantity
        assert self.shelf >= 0, "goods were sold that the shelf does not have"
        self.sold[order_id] = quantity
        self.news.append((self.shelf, [order_id]))

    async def cancel(self, order_id: str) -> None:
        """An open order is given up; run twice."""
        del self.open[order_id]
        for _ in range(2):
            given_up = ReleaseOffer(self.offer.id, order_id)
            await self.apply(await release(step_context(given_up), self.offer))

    async def restock(self, more: int) -> None:
        """More goods come to the shelf; the market will hear of it."""
        self.shelf += more
        self.news.append((self.shelf, []))

    async def hear(self) -> None:
        """The oldest news arrives; twice, as a repeated delivery does."""
        stock, settles = self.news.pop(0)
        for _ in range(2):
            told = UpdateSellOffer(self.offer.id, stock=stock, settles=settles)
            assert await self.apply(await change_offer(step_context(told), self.offer))

    def check(self) -> None:
        """What can be ordered is on the shelf and nobody else's."""
        assert self.offer.available >= 0
        unheard = sum(self.sold[order_id] for _, settles in self.news for order_id in settles)
        assert self.offer.reserved == sum(self.open.values()) + unheard
        unheard_growth = self.shelf + unheard - self.offer.stock
        assert self.offer.available == max(0, self.shelf - sum(self.open.values()) - unheard_growth)


@PROPERTY
@given(st.data())
async def test_nothing_is_sold_twice(data: DataObject) -> None:
    shelf = Shelf(data.draw(st.integers(0, 12), label="stock"))
    for _ in range(data.draw(st.integers(1, 25), label="steps")):
        moves = ["place", "restock"] + ["hear"] * bool(shelf.news)
        moves += [f"{what} {order_id}" for order_id in shelf.open for what in ("sell", "cancel")]
        match data.draw(st.sampled_from(moves), label="move").split():
            case ["place"]:
                await shelf.place(data.draw(st.integers(1, 6), label="quantity"))
            case ["restock"]:
                await shelf.restock(data.draw(st.integers(1, 6), label="more"))
            case ["hear"]:
                await shelf.hear()
            case ["sell", order_id]:
                await shelf.sell(order_id)
            case ["cancel", order_id]:
                await shelf.cancel(order_id)
        shelf.check()
    while shelf.news:
        await shelf.hear()
    shelf.check()
    assert shelf.offer.stock == shelf.shelf
    assert set(shelf.offer.reservations) == set(shelf.open)


ANY_MOVE = st.one_of(
    st.builds(ReserveOffer, st.just("o1"), st.sampled_from("abcd"), st.integers(1, 8)),
    st.builds(ReleaseOffer, st.just("o1"), st.sampled_from("abcd")),
    st.builds(
        UpdateSellOffer,
        st.just("o1"),
        st.none(),
        st.one_of(st.none(), st.integers(0, 12)),
        st.lists(st.sampled_from("abcd"), max_size=3),
    ),
    st.builds(WithdrawSellOffer, st.just("o1")),
)
CHANGES: dict[type, Any] = {
    ReserveOffer: reserve,
    ReleaseOffer: release,
    UpdateSellOffer: change_offer,
    WithdrawSellOffer: withdraw,
}


@PROPERTY
@given(st.lists(ANY_MOVE, max_size=20), st.integers(0, 12))
async def test_any_moves_in_any_order_keep_the_offer_sound(moves: list[Any], stock: int) -> None:
    seen = offer(stock=stock)
    for move in moves:
        decision = await CHANGES[type(move)](step_context(move), seen)
        if not isinstance(decision, Change):
            continue
        new = decision.document
        assert isinstance(new, SellOfferDocument)
        assert new != seen, "a change that changes nothing would fire a hook"
        assert new.available == max(0, new.stock - sum(new.reservations.values())) >= 0
        if isinstance(move, ReserveOffer):
            assert new.reserved <= new.stock, "a reservation went beyond the stock"
            assert new.available == seen.available - move.quantity
        if seen.status is OfferStatus.WITHDRAWN:
            assert new.status is OfferStatus.WITHDRAWN
            assert new.reserved <= seen.reserved
        seen = new
