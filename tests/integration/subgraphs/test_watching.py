"""Watching the runs of an object: what can never come is told at once, and no more than the caller may know."""

from __future__ import annotations

from typing import Any

import pytest

from identity import Principal
from store import Store
from subgraphs.commerce.app import SERVICE as COMMERCE
from subgraphs.market.app import SERVICE as MARKET
from tests.integration.subgraphs.running import ADA, ADMIN, ANONYMOUS, BOB, RunningService, plugin, running
from tests.integration.subgraphs.test_commerce_sales import STOCK_CHANGED, Shop

STRANGERS = [BOB, plugin("curious"), plugin("curious", "commerce.goods.read")]


async def first(service: RunningService, ref: str, who: Principal = ADA) -> Any:
    """The first answer to who watches an object."""
    operation = f"subscription($ref: String!) {{ {service.service.tag}RunUpdates(objectRef: $ref) {{ flow }} }}"
    async for result in service.watch(operation, {"ref": ref}, who):
        return result
    raise AssertionError("nothing came")


async def refusal(service: RunningService, ref: str, who: Principal = ADA) -> tuple[str, str]:
    """The code and message with which watching is refused."""
    (error,) = (await first(service, ref, who)).errors
    return error.extensions["code"], error.message


async def test_another_services_object_is_watched_there(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        code, message = await refusal(commerce, "market:SellOffer:abc")
    assert (code, "marketRunUpdates" in message) == ("BAD_USER_INPUT", True)


@pytest.mark.parametrize("ref", ["user:User:ada", "registrar:User:ada"])
async def test_users_are_watched_at_the_registrar(store: Store, ref: str) -> None:
    async with running(store, COMMERCE) as commerce:
        code, message = await refusal(commerce, ref)
    assert (code, "userRunUpdates" in message) == ("BAD_USER_INPUT", False)
    assert "registrarRunUpdates" in message and "'registrar:User:ada'" in message


@pytest.mark.parametrize("ref", ["", "abc", "commerce:Good", "commerce:Good:", ":Good:a", "commerce:Good:a b", "a:b:c"])
async def test_what_is_no_ref_is_told(store: Store, ref: str) -> None:
    async with running(store, COMMERCE) as commerce:
        code, message = await refusal(commerce, ref)
    assert (code, repr(ref) in message) == ("BAD_USER_INPUT", True)


async def test_a_type_that_the_service_does_not_have_is_told(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        code, message = await refusal(commerce, "commerce:Goood:abc")
    assert code == "BAD_USER_INPUT"
    assert "Goood" in message and "Business" in message and "Good," in message


async def test_what_is_not_to_be_seen_is_told_as_what_there_never_was(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        shop = await Shop(commerce).open()
        sold = (await shop.sell(1))["sale"]["id"]
        for there, never in (("Good", shop.goods[0]), ("Business", shop.business), ("Sale", sold)):
            for who in STRANGERS:
                code, message = await refusal(commerce, f"commerce:{there}:{never}", who)
                other_code, other = await refusal(commerce, f"commerce:{there}:neverThere", who)
                assert code == other_code == "NOT_FOUND"
                assert message.replace(never, "neverThere") == other
        assert (await refusal(commerce, "commerce:Good:neverThere"))[0] == "NOT_FOUND"
        assert (await refusal(commerce, "commerce:Good:neverThere", ADMIN))[0] == "NOT_FOUND"
        assert (await refusal(commerce, f"commerce:Good:{shop.goods[0]}", ANONYMOUS))[0] == "UNAUTHENTICATED"


async def test_who_may_see_an_object_watches_it_though_it_is_gone(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        shop = await Shop(commerce).open()
        good = f"commerce:Good:{shop.goods[0]}"
        await shop.connect("connected", [good], {STOCK_CHANGED: "ASYNC"})
        await commerce.authorize("authorized", shop.ref, "commerce.goods.read")
        seeing = [ADA, ADMIN, plugin("connected"), plugin("authorized", "commerce.goods.read")]
        await shop.sell(1)
        await commerce.mutate("deleteGood", "good { id }", goodId=shop.goods[0])
        # A plugin sees runs about what it is connected to: the others of these are shown nothing, but watch.
        for who in (ADA, ADMIN, seeing[2]):
            assert (await first(commerce, good, who)).data["commerceRunUpdates"]["flow"] in (
                "deleteGood",
                "adjustStock",
            )
        for who in seeing:
            context = commerce.context(who)
            assert await context.may_see_object(good), who


async def test_a_refused_run_is_seen_by_who_sees_its_objects_owner(store: Store) -> None:
    async with running(store, COMMERCE) as commerce:
        shop = await Shop(commerce).open()
        refused = await commerce.mutate("adjustStock", "good { id }", ADMIN, goodId=shop.goods[0], delta=-100)
        assert refused["errors"][0]["code"] == "OUT_OF_STOCK"
        assert shop.ref in refused["run"]["objectRefs"]
        assert (await first(commerce, shop.ref)).data is not None


async def test_an_offer_is_watched_by_every_user(store: Store) -> None:
    async with running(store, MARKET) as market:
        seller = (await market.mutate("createSeller", "seller { id }", name="S"))["seller"]["id"]
        product = await market.mutate("createProduct", "product { id }", sellerId=seller, title="Tea")
        price = {"amount": "1", "currency": "EUR"}
        given = {"sellerId": seller, "productId": product["product"]["id"], "price": price, "stock": 5}
        offer = (await market.mutate("createSellOffer", "sellOffer { id }", **given))["sellOffer"]["id"]
        buyer = {"name": "Bob", "email": "bob@example.org"}
        lines = [{"offerId": offer, "quantity": 1}]
        placed = await market.mutate("placeOrder", "order { id }", BOB, lines=lines, buyer=buyer)
        for ref in (f"market:SellOffer:{offer}", f"market:Order:{placed['order']['id']}"):
            assert (await first(market, ref, BOB)).data["marketRunUpdates"]["flow"] == "placeOrder"
        assert (await refusal(market, f"market:Seller:{seller}", BOB))[0] == "NOT_FOUND"
