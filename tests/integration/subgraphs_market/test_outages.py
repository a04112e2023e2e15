"""A process that stops after any of an order's writes leaves nothing that the next one does not put right."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from flows import ENGINE_INDEXES, Engine, EngineSettings, Flow, Submission, open_engine
from identity import RoleDocument
from store import ChangeHub, Store, VersionedDocument, init_documents, prepare
from subgraphs.market.documents import (
    DOCUMENTS,
    TAG,
    OrderDocument,
    OrderStatus,
    SellOfferDocument,
    StoredBuyer,
    StoredOrderLine,
)
from subgraphs.market.flows import FLOWS
from subgraphs.market.flows.cancel_order import CANCEL_ORDER, CancelOrder
from subgraphs.market.flows.place_order import PLACE_ORDER, AskedLine, GivenBuyer, PlaceOrder, pricing
from subgraphs.shared.money import StoredMoney
from tests.integration.subgraphs.running import ADA
from tests.integration.subgraphs_market.outage import Outage
from tests.support.toy_service import warm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FAST = EngineSettings(run_lease=150, sweep_interval=25, settle_delay=50, tidy_delay=50)
WANTED = PlaceOrder([AskedLine("mugs", 2), AskedLine("plates", 3)], GivenBuyer("Carol", "carol@example.org"))
PRICE = StoredMoney(amount="1", currency="EUR")


async def insert(document: VersionedDocument) -> None:
    """Store a document, as if a flow had."""
    stored = document.model_dump(mode="json", exclude={"id"})
    await document.get_pymongo_collection().insert_one({"_id": document.id, **stored, "version": 1})


class Crashes:
    """Runs a flow again and again, each time stopped one write later."""

    def __init__(self, store: Store, outage: Outage) -> None:
        self.store = store
        self.outage = outage

    async def prepare(self) -> None:
        """Documents and indexes."""
        await init_documents(self.store, (*DOCUMENTS, RoleDocument))
        await prepare(self.store, "flows", ENGINE_INDEXES)

    async def begin(self, order: OrderDocument | None = None, **stocks: int) -> None:
        """Nothing but these offers, and an order that holds its share of them, is in the store."""
        for name in ("market_offers", "market_orders", "flows_runs"):
            await self.store.collection(name).delete_many({})
        for id, stock in stocks.items():
            held = {} if order is None else {order.id: WANTED.quantities[id]}
            await insert(
                SellOfferDocument(id=id, seller_id="s", product_id="p", price=PRICE, stock=stock, reservations=held)
            )
        if order is not None:
            await insert(order)

    async def submit(self, engine: Engine, flow: Flow[Any], params: Any) -> Submission:
        """Submit under a key, as a client does that tries again."""
        return await engine.submit(flow, params, principal=ADA, idempotency_key="k", response_key=flow.tag)

    async def stopped_after(self, writes: int, flow: Flow[Any], params: Any) -> bool:
        """Run the flow in a process that stops after so many writes; False where it needed no more."""
        await warm(self.store)
        async with open_engine(self.store, ChangeHub(), TAG, FLOWS, replace(FAST, sweep_interval=60_000)) as engine:
            self.outage.begin(writes)
            submitted = asyncio.ensure_future(self.submit(engine, flow, params))
            struck = asyncio.ensure_future(self.outage.struck.wait())
            done, _ = await asyncio.wait({submitted, struck}, return_when=asyncio.FIRST_COMPLETED)
            stopped = struck in done
            struck.cancel()
            submitted.cancel()
            await asyncio.gather(submitted, struck, return_exceptions=True)
        self.outage.end()
        return stopped

    async def finish(self, flow: Flow[Any], params: Any) -> Submission:
        """The client asks again, with the same key; the next process answers."""
        async with open_engine(self.store, ChangeHub(), TAG, FLOWS, FAST) as engine, asyncio.timeout(20):
            answer = await self.submit(engine, flow, params)
            await self.settled(engine)
        return answer

    async def settled(self, engine: Engine) -> None:
        """Wait until no run is left to be taken on, and no document to be tidied."""
        while await self.left():
            await engine.sweep()

    async def left(self) -> list[str]:
        """Runs that have not ended, and documents with something that is to go."""
        left = [row["_id"] async for row in self.store.collection("flows_runs").find({}) if row["stage"] != "ENDED"]
        for name in ("market_offers", "market_orders"):
            left += [row["_id"] async for row in self.store.collection(name).find({}) if row["effects"]]
        return left

    async def at_each_write(
        self,
        flow: Flow[Any],
        begin: Callable[[], Awaitable[Any]],
        check: Callable[[Submission], Awaitable[None]],
    ) -> None:
        """Stop the flow after each of its writes in turn, and check what it comes to; `begin` gives its input."""
        writes, stopped = 0, True
        while stopped:
            params = await begin()
            stopped = await self.stopped_after(writes, flow, params)
            await check(await self.finish(flow, params))
            writes += 1
        assert writes > 10, "the flow took fewer writes than it has steps"

    async def reservations(self) -> dict[str, list[int]]:
        """What is reserved of each offer; nothing else may be left in it."""
        rows = [row async for row in self.store.collection("market_offers").find({})]
        assert all(row["effects"] == {} and row["outbox"] == {} for row in rows), rows
        return {row["_id"]: [*row["reservations"].values()] for row in rows}

    async def orders(self) -> list[str]:
        """The states of the orders that exist."""
        rows = [row async for row in self.store.collection("market_orders").find({})]
        return [row["status"] for row in rows if not row["deleted"]]


@pytest.fixture
async def crashes(store: Store, monkeypatch: pytest.MonkeyPatch) -> Crashes:
    made = Crashes(store, Outage(monkeypatch))
    await made.prepare()
    return made


async def test_an_order_is_placed_once(crashes: Crashes) -> None:
    async def begin() -> PlaceOrder:
        await crashes.begin(mugs=5, plates=5)
        return WANTED

    async def check(answer: Submission) -> None:
        assert answer.errors == []
        assert await crashes.orders() == [OrderStatus.PLACED]
        assert await crashes.reservations() == {"mugs": [2], "plates": [3]}

    await crashes.at_each_write(PLACE_ORDER, begin, check)


async def test_an_order_that_fails_half_way_leaves_nothing(crashes: Crashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The early look at the stock is blind, as if others ordered between it and the reservation."""
    monkeypatch.setattr(pricing, "why_not", lambda offer, quantity, field: None)

    async def begin() -> PlaceOrder:
        await crashes.begin(mugs=5, plates=1)
        return WANTED

    async def check(answer: Submission) -> None:
        assert [error.code for error in answer.errors] == ["OUT_OF_STOCK"]
        assert await crashes.orders() == []
        assert await crashes.reservations() == {"mugs": [], "plates": []}

    await crashes.at_each_write(PLACE_ORDER, begin, check)


async def test_an_order_is_cancelled_once(crashes: Crashes) -> None:
    async def begin() -> CancelOrder:
        lines = [
            StoredOrderLine(offer_id=offer, quantity=quantity, unit_price=PRICE)
            for offer, quantity in WANTED.quantities.items()
        ]
        order = OrderDocument(
            id="order",
            seller_id="s",
            buyer=StoredBuyer(name="Carol", email="carol@example.org"),
            lines=lines,
            total=PRICE,
            status=OrderStatus.PLACED,
            placed_by=ADA.ref,
        )
        await crashes.begin(order, mugs=5, plates=5)
        return CancelOrder(order.id)

    async def check(answer: Submission) -> None:
        assert answer.errors == []
        assert await crashes.orders() == [OrderStatus.CANCELLED]
        assert await crashes.reservations() == {"mugs": [], "plates": []}

    await crashes.at_each_write(CANCEL_ORDER, begin, check)
