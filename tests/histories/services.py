"""Shapes of the real services' flows: a process of one of them, its documents, and plugins `p` and `q`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flows import Flow, PagedStep
from flows.outcomes import Complete, Outcome, Reject
from flows.parts import run_topic
from flows.records import DeliveryRecord
from identity import RoleDocument
from izara.services import SERVICES
from store import Store, init_documents
from subgraphs.commerce.documents import BusinessDocument, CustomerDocument, GoodDocument, ProductionKind, good_ref
from subgraphs.commerce.flows.change_prices import CHANGE_PRICES, ChangePrices
from subgraphs.commerce.flows.create_sale import CREATE_SALE, CreateSale
from subgraphs.commerce.flows.record_production import RECORD_PRODUCTION, Portion, RecordProduction
from subgraphs.commerce.flows.sale_lines import AskedLine
from subgraphs.market.documents import SellerDocument, SellOfferDocument
from subgraphs.market.flows.place_order import PLACE_ORDER, PlaceOrder
from subgraphs.market.flows.place_order.params import AskedLine as OrderedLine
from subgraphs.market.flows.place_order.params import GivenBuyer
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.money import StoredMoney
from tests.support.world import Process, World

Shape = Callable[[World], Awaitable[None]]
EURO = StoredMoney(amount="1", currency="EUR")
LINES = [AskedLine("pot", 1), AskedLine("tea", 2)]
ORDER = PlaceOrder([OrderedLine("pot", 1), OrderedLine("tea", 2)], GivenBuyer("Eve", "eve@example.com"))
SALE = CreateSale("b", "c", LINES, external_ref="order-1")


def with_pages_of_two(flows: Sequence[Flow[Any]]) -> list[Flow[Any]]:
    """The flows, whose steps over many objects have small pages: a history need not be long."""
    return [
        replace(
            flow,
            steps=tuple(replace(step, size=2) if isinstance(step, PagedStep) else step for step in flow.steps),
        )
        for flow in flows
    ]


@asynccontextmanager
async def at_work(world: World, service: str, **plugins: Sequence[str]) -> AsyncIterator[Process]:
    """A process of the service with two goods of one business, or two offers of one seller.

    Args:
        plugins: hooks of each plugin, ASYNC; it is connected to the goods or offers, and to their owner.
    """
    await init_documents(world.store, list({*SERVICES[service].documents, RoleDocument}))
    refs = await {"commerce": a_business, "market": a_seller}[service](world.store)
    for tag, hooks in plugins.items():
        rows = [{"id": f"{service}_{id}", "mode": "ASYNC"} for id in hooks]
        await world.store.collection("registrar_plugins").insert_one({"_id": tag, "enabled": True, "hooks": rows})
        for ref in refs:
            row = {"_id": f"{ref}#{tag}", "object_ref": ref, "owner_ref": refs[0], "plugin_tag": tag}
            rest: dict[str, Any] = {"config": {}, "links": [], "status": "ACTIVE", "deleted": False}
            await world.store.collection("registrar_connections").insert_one(row | rest)
    async with world.process("A", with_pages_of_two(SERVICES[service].flows), service) as process:
        yield process


async def a_business(store: Store) -> list[str]:
    """A business with a customer, and ten each of two goods; gives the refs of business and goods."""
    business = BusinessDocument(id="b", version=1, created_at=1, name="B")
    customer = CustomerDocument(id="c", version=1, created_at=1, business_id="b", name="C", email="c@example.com")
    goods = [
        GoodDocument(id=id, version=1, created_at=1, business_id="b", sku=id, name=id, price=EURO, stock=10)
        for id in ("pot", "tea")
    ]
    await put(store, business, customer, *goods)
    return [business.object_ref, *(good_ref(good.id) for good in goods)]


async def a_seller(store: Store) -> list[str]:
    """A seller with ten each of two offers; gives the refs of seller and offers."""
    seller = SellerDocument(id="s", version=1, created_at=1, name="S")
    offers = [
        SellOfferDocument(id=id, version=1, created_at=1, seller_id="s", product_id=id, price=EURO, stock=10)
        for id in ("pot", "tea")
    ]
    await put(store, seller, *offers)
    return [seller.object_ref, *(offer.object_ref for offer in offers)]


async def put(store: Store, *documents: OwnedDocument) -> None:
    """Store documents, as if flows had."""
    for document in documents:
        row = document.model_dump(mode="json", by_alias=True, exclude={"revision_id"})
        await store.collection(document.Settings.name).insert_one(row)


def answering(world: World, plugin: str, hook: str, outcome: Outcome, only: str = "") -> None:
    """The plugin answers so at the hook (of this subject alone); it completes everything else."""

    async def answer(delivery: DeliveryRecord) -> Outcome:
        meant = delivery.hook_id.endswith(f"_{hook}") and delivery.subject.endswith(only)
        return outcome if meant else Complete()

    world.answers[plugin] = answer


async def to_the_end(world: World, process: Process) -> None:
    """Let plugins answer until every run has ended. The clock stands still: when something happens is no chance."""
    for _ in range(100):
        await process.idle()
        await process.drain()
        if all(run.terminal for run in await world.runs()):
            break
        with process.engine.parts.hub.subscribe(*(run_topic(run.id) for run in await world.runs())) as waiter:
            await waiter.wait(0.02)
    await world.rest(process)


async def an_order(world: World) -> None:
    """Two offers are reserved; their plugin is asked before, and told after."""
    hooks = ("placeOrder_validate_beforeOrder", "placeOrder_commit_orderPlaced")
    async with at_work(world, "market", p=hooks) as a:
        await a.submit(PLACE_ORDER, ORDER)
        await to_the_end(world, a)


async def an_order_is_vetoed(world: World) -> None:
    """Nothing is reserved of an order that a plugin forbids."""
    async with at_work(world, "market", p=("placeOrder_validate_beforeOrder",)) as a:
        answering(world, "p", "beforeOrder", Reject("BANNED", "not to them"))
        await a.submit(PLACE_ORDER, ORDER)
        await to_the_end(world, a)


async def a_sale_is_amended(world: World) -> None:
    """A plugin gives a discount before the sale; another follows the stock of each good."""
    price = {"goodId": "tea", "unitPrice": {"amount": "0.9", "currency": "EUR"}}
    stock = ("adjustStock_commit_stockChanged",)
    async with at_work(world, "commerce", p=("createSale_validate_beforeSale",), q=stock) as a:
        answering(world, "p", "beforeSale", Complete({"lines": [price]}))
        await a.submit(CREATE_SALE, SALE)
        await to_the_end(world, a)


async def a_sale_is_undone(world: World) -> None:
    """A plugin keeps one good from being sold: the other's stock is given back, and the sale's place too."""
    async with at_work(world, "commerce", p=("adjustStock_validate_beforeStockChange",)) as a:
        answering(world, "p", "beforeStockChange", Reject("KEPT", "not this one"), only="tea")
        await a.submit(CREATE_SALE, SALE)
        await to_the_end(world, a)


async def prices_change_page_by_page(world: World) -> None:
    """Three goods on two pages, one of which cannot have the price; each good's plugin is told."""
    async with at_work(world, "commerce", p=("setPrice_commit_priceChanged",)) as a:
        dear = StoredMoney(amount="999999999999", currency="EUR")
        good = GoodDocument(id="urn", created_at=1, business_id="b", sku="u", name="u", price=dear, stock=1)
        await put(world.store, good)
        await a.submit(CHANGE_PRICES, ChangePrices("b", percent=Decimal(10)))
        await to_the_end(world, a)


async def a_production(world: World) -> None:
    """One good is made of the other; their plugin is told of it."""
    async with at_work(world, "commerce", p=("recordProduction_commit_produced",)) as a:
        made = RecordProduction("b", ProductionKind.PRODUCE, [Portion("tea", 3)], [Portion("pot", 1)])
        await a.submit(RECORD_PRODUCTION, made)
        await to_the_end(world, a)


SHAPES: tuple[Shape, ...] = (
    an_order,
    an_order_is_vetoed,
    a_sale_is_amended,
    a_sale_is_undone,
    prices_change_page_by_page,
    a_production,
)
FLOWS_OF: Mapping[tuple[str, str, int], Flow[Any]] = {
    (tag, flow.tag, version.version): version
    for tag in ("commerce", "market")
    for flow in SERVICES[tag].flows
    for version in flow.versions
}
