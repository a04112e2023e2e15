"""Sales, cancellations and production move the stock of all their goods or of none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from flows.outcomes import Complete, Outcome, Reject
from flows.records import DeliveryRecord
from identity import Principal
from store import Store
from subgraphs.commerce.app import SERVICE
from tests.integration.subgraphs.running import ADA, BOB, RunningService, plugin, running
from tests.support.toy_plugin import toy_plugin

STOCK_CHANGED = "commerce_adjustStock_commit_stockChanged"
BEFORE_STOCK = "commerce_adjustStock_validate_beforeStockChange"
BEFORE_SALE = "commerce_createSale_validate_beforeSale"
SALE_CREATED = "commerce_createSale_commit_saleCreated"
SALE_CANCELLED = "commerce_cancelSale_commit_saleCancelled"
PRODUCED = "commerce_recordProduction_commit_produced"
LINES = "lines { quantity unitPrice { amount } }"
SALE = f"sale {{ id status externalRef total {{ amount currency }} customer {{ email }} {LINES} }}"


class Shop:
    """A business with three goods of ten pieces each, and a customer."""

    def __init__(self, commerce: RunningService) -> None:
        self.commerce = commerce
        self.business = self.customer = ""
        self.goods: list[str] = []

    @property
    def ref(self) -> str:
        return f"commerce:Business:{self.business}"

    def good_refs(self) -> list[str]:
        return [f"commerce:Good:{id}" for id in self.goods]

    async def open(self) -> Shop:
        made = await self.commerce.mutate("createBusiness", "business { id }", name="Shop")
        self.business = made["business"]["id"]
        for number in range(3):
            price = {"amount": str(number + 1), "currency": "EUR"}
            made = await self.commerce.mutate(
                "createGood", "good { id }", businessId=self.business, sku=f"s{number}", name="G", price=price, stock=10
            )
            self.goods.append(made["good"]["id"])
        made = await self.add_customer("bo@example.org")
        self.customer = made["customer"]["id"]
        return self

    async def add_customer(self, email: str) -> Any:
        return await self.commerce.mutate(
            "createCustomer", "customer { id name email }", businessId=self.business, name="Bo", email=email
        )

    def lines(self, *quantities: int) -> list[dict[str, Any]]:
        return [
            {"goodId": good, "quantity": quantity}
            for good, quantity in zip(self.goods, quantities, strict=False)
            if quantity
        ]

    async def sell(self, *quantities: int, ref: str | None = None, **more: Any) -> Any:
        return await self.commerce.mutate(
            "createSale",
            SALE,
            businessId=self.business,
            customerId=self.customer,
            lines=self.lines(*quantities),
            externalRef=ref,
            **more,
        )

    async def cancel(self, sale: str, **more: Any) -> Any:
        return await self.commerce.mutate("cancelSale", SALE, saleId=sale, reason="returned", **more)

    async def stocks(self) -> list[int]:
        query = "query($id: ID!) { goods(businessId: $id) { edges { node { stock } } } }"
        data = await self.commerce.ask(query, {"id": self.business})
        return [edge["node"]["stock"] for edge in data["goods"]["edges"]]

    async def sales(self, arguments: str = "") -> list[Any]:
        query = f"query($id: ID!) {{ sales(businessId: $id{arguments}) {{ edges {{ node {{ id status }} }} }} }}"
        data = await self.commerce.ask(query, {"id": self.business})
        return [edge["node"] for edge in data["sales"]["edges"]]

    async def connect(self, tag: str, refs: list[str], hooks: Mapping[str, str], **settings: Any) -> None:
        await self.commerce.connect(tag, refs, self.ref, hooks, **settings)


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with running(store, SERVICE) as commerce:
        yield await Shop(commerce).open()


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["errors"]]


async def test_a_customer_is_one_for_each_email(shop: Shop) -> None:
    again = await shop.add_customer("BO@example.org")
    assert again["customer"] == {"id": shop.customer, "name": "Bo", "email": "bo@example.org"}
    assert again["run"]["status"] == "COMPLETED"
    made = await asyncio.gather(*(shop.add_customer("new@example.org") for _ in range(4)))
    assert len({payload["customer"]["id"] for payload in made}) == 1
    query = "query($id: ID!) { customers(businessId: $id) { edges { node { email } } } }"
    listed = await shop.commerce.ask(query, {"id": shop.business})
    assert [edge["node"]["email"] for edge in listed["customers"]["edges"]] == ["bo@example.org", "new@example.org"]


async def test_a_sale_takes_the_stock_of_all_its_goods(shop: Shop) -> None:
    sold = await shop.sell(2, 1, ref="order-1")
    assert (sold["errors"], sold["run"]["status"]) == ([], "COMPLETED")
    assert sold["sale"] == {
        "id": sold["sale"]["id"],
        "status": "COMPLETED",
        "externalRef": "order-1",
        "total": {"amount": "4", "currency": "EUR"},
        "customer": {"email": "bo@example.org"},
        "lines": [{"quantity": 2, "unitPrice": {"amount": "1"}}, {"quantity": 1, "unitPrice": {"amount": "2"}}],
    }
    assert await shop.stocks() == [8, 9, 10]


async def test_an_external_ref_names_one_sale(shop: Shop) -> None:
    first = await shop.sell(2, ref="order-1")
    again = await shop.sell(2, ref="order-1")
    assert again["sale"] == first["sale"]
    assert codes(await shop.sell(3, ref="order-1")) == ["EXTERNAL_REF_TAKEN"]
    assert await shop.stocks() == [8, 10, 10]
    assert await shop.sales(', externalRef: "order-1"') == [{"id": first["sale"]["id"], "status": "COMPLETED"}]
    assert await shop.sales(', externalRef: "order-2"') == []


async def test_sales_of_one_ref_at_once_sell_once(shop: Shop) -> None:
    sold = await asyncio.gather(*(shop.sell(2, 1, ref="order-1") for _ in range(4)))
    assert len({payload["sale"]["id"] for payload in sold}) == 1
    assert await shop.stocks() == [8, 9, 10]


async def test_sales_at_once_never_sell_what_is_not_there(shop: Shop) -> None:
    sold = await asyncio.gather(*(shop.sell(3, 1) for _ in range(5)))
    made = [payload for payload in sold if not payload["errors"]]
    assert await shop.stocks() == [10 - 3 * len(made), 10 - len(made), 10]
    assert 0 < len(made) <= 3
    assert {code for payload in sold for code in codes(payload)} <= {"OUT_OF_STOCK"}


async def test_out_of_stock_sells_nothing_and_leaves_the_ref_free(shop: Shop) -> None:
    refused = await shop.sell(1, 11, ref="order-1")
    assert (codes(refused), refused["run"]["status"]) == (["OUT_OF_STOCK"], "REJECTED")
    assert refused["errors"][0]["field"] == ["lines", "1", "quantity"]
    assert await shop.stocks() == [10, 10, 10]
    assert (await shop.sell(1, ref="order-1"))["sale"]["status"] == "COMPLETED"


async def test_a_veto_of_one_goods_stock_rejects_the_sale_and_returns_the_others(shop: Shop) -> None:
    await shop.connect("floor", shop.good_refs(), {BEFORE_STOCK: "SYNC"})

    async def veto_all_but_the_first(delivery: DeliveryRecord) -> Outcome:
        return Complete() if delivery.payload["delta"] == -2 else Reject("TOO_LOW", "keep some")

    async with toy_plugin(shop.commerce.engine, "floor", veto_all_but_the_first):
        refused = await shop.sell(2, 1, ref="order-1")
        assert (codes(refused), refused["run"]["status"]) == (["TOO_LOW"], "REJECTED")
        assert refused["sale"]["status"] == "REJECTED"
        assert await shop.stocks() == [10, 10, 10]
        assert (await shop.sell(2, ref="order-1"))["sale"]["status"] == "COMPLETED"


async def test_plugins_of_the_business_amend_prices_and_learn_of_the_sale(shop: Shop) -> None:
    await shop.connect("discount", [shop.ref], {BEFORE_SALE: "SYNC", SALE_CREATED: "SYNC"})
    told: list[dict[str, Any]] = []

    async def discount(delivery: DeliveryRecord) -> Outcome:
        if delivery.hook_id == SALE_CREATED:
            told.append(delivery.payload)
            return Complete()
        price = {"amount": "0.5", "currency": "EUR"}
        return Complete({"lines": [{"goodId": shop.goods[0], "unitPrice": price}]})

    async with toy_plugin(shop.commerce.engine, "discount", discount):
        sold = await shop.sell(2, 1, ref="order-1")
        again = await shop.sell(2, 1, ref="order-1")
    assert [line["unitPrice"]["amount"] for line in sold["sale"]["lines"]] == ["0.5", "2"]
    assert again["sale"] == sold["sale"]
    (payload,) = told
    assert (payload["external_ref"], payload["total"]["amount"]) == ("order-1", "3")


@pytest.mark.parametrize("policy", ["FAIL", "CONTINUE"])
@pytest.mark.parametrize("lines", [1, 2])
async def test_a_plugin_leaves_the_currency_as_it_is(shop: Shop, policy: str, lines: int) -> None:
    await shop.connect("discount", [shop.ref], {BEFORE_SALE: "SYNC"}, on_failure=policy)

    async def dollars(delivery: DeliveryRecord) -> Outcome:
        price = {"amount": "0.5", "currency": "USD"}
        return Complete({"lines": [{"goodId": good, "unitPrice": price} for good in shop.goods[:lines]]})

    async with toy_plugin(shop.commerce.engine, "discount", dollars):
        sold = await shop.sell(2, 1)
    told = sold["run"]["rejections" if policy == "FAIL" else "skipped"]
    assert [(item["pluginTag"], item["code"]) for item in told] == [("discount", "BAD_AMENDMENT")]
    assert "USD" in told[0]["message"]
    assert codes(sold) == ["BAD_AMENDMENT"] * (policy == "FAIL")
    assert await shop.stocks() == ([10, 10, 10] if policy == "FAIL" else [8, 9, 10])


async def test_an_amendment_is_not_blamed_for_goods_that_were_sold_meanwhile(shop: Shop) -> None:
    await shop.connect("discount", [shop.ref], {BEFORE_SALE: "SYNC"})

    async def others_are_quicker(delivery: DeliveryRecord) -> Outcome:
        await shop.commerce.mutate("adjustStock", "good { id }", goodId=shop.goods[0], delta=-10, reason="lost")
        price = {"amount": "0.5", "currency": "EUR"}
        return Complete({"lines": [{"goodId": shop.goods[0], "unitPrice": price}]})

    async with toy_plugin(shop.commerce.engine, "discount", others_are_quicker):
        refused = await shop.sell(2, 1)
    assert (codes(refused), refused["run"]["rejections"]) == (["OUT_OF_STOCK"], [])
    assert await shop.stocks() == [0, 10, 10]


async def test_a_plugin_prices_each_good_once(shop: Shop) -> None:
    """The later of two prices for one good would replace the first without a word."""
    await shop.connect("discount", [shop.ref], {BEFORE_SALE: "SYNC"})

    async def undecided(delivery: DeliveryRecord) -> Outcome:
        prices = [{"amount": amount, "currency": "EUR"} for amount in ("0.5", "0.6")]
        return Complete({"lines": [{"goodId": shop.goods[0], "unitPrice": price} for price in prices]})

    async with toy_plugin(shop.commerce.engine, "discount", undecided) as discount:
        refused = await shop.sell(2, 1)
    assert (codes(refused), refused["run"]["status"]) == (["BAD_AMENDMENT"], "REJECTED")
    assert shop.goods[0] in refused["errors"][0]["message"]
    assert discount.errors == ["BAD_RESULT"]
    assert await shop.stocks() == [10, 10, 10]


async def test_who_asks_again_while_a_sale_is_made_is_told_what_becomes_of_it(shop: Shop) -> None:
    await shop.connect("floor", shop.good_refs(), {BEFORE_STOCK: "SYNC"})
    asked, answer = asyncio.Event(), asyncio.Event()

    async def veto(delivery: DeliveryRecord) -> Outcome:
        asked.set()
        await answer.wait()
        return Reject("TOO_LOW", "keep some")

    async def ask_again() -> Any:
        await asked.wait()
        again = asyncio.create_task(shop.sell(2, ref="order-1", key="again"))
        runs = shop.commerce.store.collection("flows_runs")
        while not await runs.find_one({"flow": "createSale", "results.reserve.made": False}):
            assert not again.done(), again.result()
        answer.set()
        return await again

    async with toy_plugin(shop.commerce.engine, "floor", veto):
        first, again = await asyncio.gather(shop.sell(2, ref="order-1"), ask_again())
    assert (codes(again), again["run"]["status"]) == (["TOO_LOW"], "REJECTED")
    assert (again["run"]["id"], again["errors"], again["sale"]) == (first["run"]["id"], first["errors"], first["sale"])
    assert (await shop.sell(2, ref="order-1", key="again"))["run"]["id"] == first["run"]["id"]


async def test_two_lines_for_one_good_stay_two_and_take_its_stock_at_once(shop: Shop) -> None:
    good = shop.goods[0]
    dear = {"amount": "7", "currency": "EUR"}
    given: dict[str, Any] = {"businessId": shop.business, "customerId": shop.customer}
    lines = [{"goodId": good, "quantity": 2}, {"goodId": good, "quantity": 3, "unitPrice": dear}]
    sold = await shop.commerce.mutate("createSale", SALE, lines=lines, **given)
    assert sold["sale"]["lines"] == [
        {"quantity": 2, "unitPrice": {"amount": "1"}},
        {"quantity": 3, "unitPrice": {"amount": "7"}},
    ]
    assert sold["sale"]["total"] == {"amount": "23", "currency": "EUR"}
    assert await shop.stocks() == [5, 10, 10]
    lines[1]["quantity"] = 4
    short = await shop.commerce.mutate("createSale", SALE, lines=lines, **given)
    assert (codes(short), await shop.stocks()) == (["OUT_OF_STOCK"], [5, 10, 10])


async def test_stock_changes_name_their_sale_to_the_goods_plugins(shop: Shop) -> None:
    await shop.connect("market", shop.good_refs(), {STOCK_CHANGED: "ASYNC"})
    sold = await shop.sell(2, 1, ref="order-1")
    assert (sold["run"]["status"], sold["run"]["awaiting"]) == ("AWAITING", ["market"])
    assert sold["sale"]["status"] == "PENDING"
    again = await shop.sell(2, 1, ref="order-1")
    assert (again["run"], again["sale"]) == (sold["run"], sold["sale"])
    assert codes(await shop.cancel(sold["sale"]["id"])) == ["CONFLICT"]
    async with toy_plugin(shop.commerce.engine, "market") as market:
        await market.wait_for(lambda: len(market.got) == 2)
        assert await run_ends(shop, sold["run"]["id"]) == "COMPLETED"
    assert {item.payload["sale_id"] for item in market.got} == {sold["sale"]["id"]}
    assert sorted(item.payload["after"] for item in market.got) == [8, 9]
    assert await shop.sales() == [{"id": sold["sale"]["id"], "status": "COMPLETED"}]


async def run_ends(shop: Shop, run_id: str) -> str:
    """Watch the run until it has ended; its status."""
    operation = "subscription($id: ID!) { commerceRunUpdates(id: $id) { status } }"
    async for result in shop.commerce.watch(operation, {"id": run_id}):
        assert result.data is not None, result.errors
        status = str(result.data["commerceRunUpdates"]["status"])
        if status not in ("RUNNING", "AWAITING"):
            return status
    raise AssertionError("the watch ended before the run")


async def test_cancelling_returns_the_stock_once(shop: Shop) -> None:
    await shop.connect("books", [shop.ref], {SALE_CANCELLED: "SYNC"})
    sold = await shop.sell(2, 1, ref="order-1")
    async with toy_plugin(shop.commerce.engine, "books") as books:
        cancelled = await asyncio.gather(*(shop.cancel(sold["sale"]["id"]) for _ in range(3)))
    assert [codes(payload) for payload in cancelled] == [[], [], []]
    assert await shop.stocks() == [10, 10, 10]
    again = await shop.cancel(sold["sale"]["id"])
    assert (again["run"]["status"], again["sale"]["status"]) == ("COMPLETED", "CANCELLED")
    assert await shop.stocks() == [10, 10, 10]
    (delivery,) = books.got
    assert (delivery.payload["reason"], delivery.payload["external_ref"]) == ("returned", "order-1")


async def test_a_cancelled_sale_keeps_its_ref(shop: Shop) -> None:
    sold = await shop.sell(2, ref="order-1")
    await shop.cancel(sold["sale"]["id"])
    again = await shop.sell(2, ref="order-1")
    assert (again["sale"]["id"], again["sale"]["status"]) == (sold["sale"]["id"], "CANCELLED")
    assert await shop.stocks() == [10, 10, 10]


async def test_goods_deleted_since_do_not_keep_a_sale_from_being_cancelled(shop: Shop) -> None:
    sold = await shop.sell(2, 1)
    await shop.commerce.mutate("deleteGood", "good { id }", goodId=shop.goods[0])
    assert (await shop.cancel(sold["sale"]["id"]))["sale"]["status"] == "CANCELLED"
    assert await shop.stocks() == [10, 10]


async def test_production_moves_stock_and_tells_each_plugin_once(shop: Shop) -> None:
    await shop.connect("supply", shop.good_refs()[:2], {PRODUCED: "SYNC"})
    selection = "production { id kind inputs { quantity good { sku } } outputs { quantity good { sku } } }"
    outputs = [{"goodId": shop.goods[2], "quantity": 1}]
    given: dict[str, Any] = {"businessId": shop.business, "kind": "BUNDLE", "outputs": outputs}
    async with toy_plugin(shop.commerce.engine, "supply") as supply:
        made = await shop.commerce.mutate("recordProduction", selection, **given, inputs=shop.lines(2, 3))
    assert (made["errors"], made["run"]["status"]) == ([], "COMPLETED")
    assert made["production"]["inputs"] == [
        {"quantity": 2, "good": {"sku": "s0"}},
        {"quantity": 3, "good": {"sku": "s1"}},
    ]
    assert await shop.stocks() == [8, 7, 11]
    (delivery,) = supply.got
    assert {item.object_ref for item in delivery.connections} == {*shop.good_refs()[:2]}
    assert len(delivery.payload["outputs"]) == 1
    short = await shop.commerce.mutate("recordProduction", selection, **given, inputs=shop.lines(9, 1))
    assert (codes(short), short["production"], await shop.stocks()) == (["OUT_OF_STOCK"], None, [8, 7, 11])


async def test_a_payload_shows_a_plugin_what_it_may_see(shop: Shop) -> None:
    await shop.connect("market", shop.good_refs(), {STOCK_CHANGED: "ASYNC"})
    await shop.sell(2, ref="order-1")
    blind = await first_payload(shop, plugin("market"))
    assert (blind["payload"]["after"], blind["payload"]["good"], blind["payload"]["sale"]) == (8, None, None)
    assert {(error["path"], error["code"]) for error in blind["errors"]} == {
        ("good", "FORBIDDEN"),
        ("sale", "FORBIDDEN"),
    }
    permissions = ("commerce.goods.read", "commerce.sales.read")
    await shop.commerce.authorize("market", shop.ref, *permissions)
    seeing = await first_payload(shop, plugin("market", *permissions))
    assert seeing["errors"] == []
    assert seeing["payload"]["good"] == {"sku": "s0", "stock": 8}
    assert seeing["payload"]["sale"] == {"externalRef": "order-1", "status": "PENDING"}


async def test_a_payload_that_does_not_fit_is_that_deliverys_failure_and_the_next_comes(shop: Shop) -> None:
    """As after a deployment whose payload type has another field."""
    await shop.connect("market", shop.good_refs(), {STOCK_CHANGED: "ASYNC"})
    await shop.sell(2, 1, ref="order-1")
    deliveries = shop.commerce.store.collection("flows_deliveries")
    broken = await deliveries.find_one({"payload.after": 8})
    assert broken is not None
    await deliveries.update_one({"_id": broken["_id"]}, {"$set": {"payload": {"unheard": "of"}}})
    came = await first_payload(shop, plugin("market"))
    assert came["payload"]["after"] == 9
    async with asyncio.timeout(10):
        while not (stored := await deliveries.find_one({"_id": broken["_id"]}) or {})["failures"]:
            await first_payload(shop, plugin("market"))
    assert STOCK_CHANGED in stored["last_error"]
    assert stored["status"] in ("PENDING", "LEASED")


async def test_who_watches_a_run_that_is_not_theirs_is_told_so(shop: Shop) -> None:
    sold = await shop.sell(1)
    operation = "subscription($id: ID!) { commerceRunUpdates(id: $id) { status } }"
    for id, who in (("unheard-of", ADA), (sold["run"]["id"], BOB)):
        (result,) = [result async for result in shop.commerce.watch(operation, {"id": id}, who)]
        assert [(error.extensions or {}).get("code") for error in result.errors or ()] == ["NOT_FOUND"]


async def first_payload(shop: Shop, who: Principal) -> Any:
    """The first delivery that the plugin is granted, as its subscription shows it."""
    operation = """subscription { commerceHooks(worker: "w") { ... on CommerceHookDelivery { payload {
        ... on CommerceAdjustStockCommitStockChanged {
            after good { sku stock } sale { externalRef status } } } } } }"""
    async for result in shop.commerce.watch(operation, {}, who):
        if result.data and "payload" in result.data["commerceHooks"]:
            errors = [
                {"path": str((error.path or [""])[-1]), "code": (error.extensions or {}).get("code")}
                for error in result.errors or ()
            ]
            return {"payload": result.data["commerceHooks"]["payload"], "errors": errors}
    raise AssertionError("the subscription ended")


async def test_sales_productions_and_customers_are_entities(shop: Shop) -> None:
    sold = await shop.sell(1)
    made = await shop.commerce.mutate(
        "recordProduction",
        "production { id }",
        businessId=shop.business,
        kind="PRODUCE",
        inputs=[],
        outputs=shop.lines(1),
    )
    ids = {"Sale": sold["sale"]["id"], "Production": made["production"]["id"], "Customer": shop.customer}
    representations = [{"__typename": name, "id": id} for name, id in ids.items()]
    query = """query($sale: ID!, $production: ID!, $representations: [_Any!]!) {
        sale(id: $sale) { business { name } lines { good { sku } } }
        production(id: $production) { kind createdAt }
        _entities(representations: $representations) { __typename ... on Customer { email } } }"""
    variables = {"sale": ids["Sale"], "production": ids["Production"], "representations": representations}
    data = await shop.commerce.ask(query, variables)
    assert data["sale"] == {"business": {"name": "Shop"}, "lines": [{"good": {"sku": "s0"}}]}
    assert data["production"]["kind"] == "PRODUCE"
    assert [entity["__typename"] for entity in data["_entities"]] == list(ids)
    hidden = await shop.commerce.ask(query, variables, BOB)
    assert hidden == {"sale": None, "production": None, "_entities": [None, None, None]}


async def test_managers_of_others_sell_nothing_here(shop: Shop) -> None:
    stranger = Principal(ADA.kind, "eve", "Eve")
    assert codes(await shop.sell(1, who=stranger)) == ["NOT_FOUND"]
    sold = await shop.sell(1)
    assert codes(await shop.cancel(sold["sale"]["id"], who=stranger)) == ["NOT_FOUND"]
    assert await shop.stocks() == [9, 10, 10]
