"""The demo: seeded once through the gateway, as its users would, so that every step of it is a real run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from izara.graphql_call import mutate
from registrar.oauth import Issuer
from store import Store, insert_unique, translate_errors

STATE = "izara_state"
GOODS = (
    ("TEA-100", "Green tea, 100 g", "6.50", 40),
    ("TEA-250", "Green tea, 250 g", "14.00", 25),
    ("POT-1", "Teapot", "32.00", 10),
)
PLUGINS = ("market", "commerce")

Mutate = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Offered:
    """A demo good and the offer that sells it."""

    good_ref: str
    offer_ref: str


async def is_seeded(store: Store) -> bool:
    """Whether the demo is there."""
    with translate_errors():
        return await store.collection(STATE).find_one({"_id": "demo"}) is not None


async def seed_demo(store: Store, issuer: Issuer, url: str) -> None:
    """Make the demo of the contract. Interrupted and begun again it goes on: every mutation has a key of its own."""
    async with aiohttp.ClientSession() as session:

        def as_user(token: str, user: str) -> Mutate:
            count = 0

            async def run(field: str, selection: str, **given: Any) -> dict[str, Any]:
                nonlocal count
                count += 1
                key = f"demo/{user}/{count}"
                return await mutate(session, url, token, field, selection, **given, idempotencyKey=key)

            return run

        await _seed_ada(as_user(await issuer.issue_user_token("ada"), "ada"))
        await _seed_bob(as_user(await issuer.issue_user_token("bob"), "bob"))
    await insert_unique(store.collection(STATE), {"_id": "demo"})


async def _seed_ada(run: Mutate) -> None:
    business = (await run("createBusiness", "business { id objectRef }", name="Ada's Tea House"))["business"]
    seller = (await run("createSeller", "seller { id objectRef }", name="Ada on the Market"))["seller"]
    offered = [await _offer(run, business["id"], seller["id"], *good) for good in GOODS]
    company = (await run("createCompany", "company { id }", name="Ada's Tea Garden"))["company"]
    for name in ("Leaves", "Clay"):
        item = (await run("createItem", "item { id }", companyId=company["id"], name=name))["item"]
        await run("createStage", "stage { id }", itemId=item["id"], attributes=[{"name": "origin", "value": "Uji"}])
    organization = (await run("createOrganization", "organization { id }", name="Ada's Books"))["organization"]
    for name, kind in (("Cash", "ASSET"), ("Sales", "INCOME")):
        await run("createAccount", "account { id }", organizationId=organization["id"], name=name, kind=kind)
    for owner in (business["objectRef"], seller["objectRef"]):
        for plugin in PLUGINS:
            await run("authorizePlugin", "authorization { id }", target={"ownerRef": owner}, pluginTag=plugin)
    for pair in offered:
        await _connect(run, pair.good_ref, "market", "sellOffer", pair.offer_ref)
        await _connect(run, pair.offer_ref, "commerce", "good", pair.good_ref)


async def _offer(
    run: Mutate, business_id: str, seller_id: str, sku: str, name: str, amount: str, stock: int
) -> Offered:
    price = {"amount": amount, "currency": "EUR"}
    good = (
        await run(
            "createGood", "good { objectRef }", businessId=business_id, sku=sku, name=name, price=price, stock=stock
        )
    )["good"]
    product = (await run("createProduct", "product { id }", sellerId=seller_id, title=name))["product"]
    offer = (
        await run(
            "createSellOffer",
            "sellOffer { objectRef }",
            sellerId=seller_id,
            productId=product["id"],
            price=price,
            stock=stock,
        )
    )["sellOffer"]
    return Offered(good["objectRef"], offer["objectRef"])


async def _connect(run: Mutate, object_ref: str, plugin: str, link: str, target: str) -> None:
    links = [{"name": link, "objectRef": target}]
    await run("connectPlugin", "connection { id }", objectRef=object_ref, pluginTag=plugin, links=links)


async def _seed_bob(run: Mutate) -> None:
    business = (await run("createBusiness", "business { id }", name="Bob's Bikes"))["business"]
    price = {"amount": "480.00", "currency": "EUR"}
    await run(
        "createGood", "good { id }", businessId=business["id"], sku="BIKE-1", name="City bike", price=price, stock=3
    )
    await run("createSeller", "seller { id }", name="Bob on the Market")
