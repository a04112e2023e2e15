"""Scenario 9: goods are listed elsewhere, with a key that the plugin alone can read."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest_asyncio

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop, nodes, open_shop
from tests.support.gql import Caller
from tests.support.stack import program

pytestmark = IN_STACK


@dataclass(frozen=True)
class Far:
    """The listing service, and two accounts there."""

    http: aiohttp.ClientSession
    url: str
    key: str
    other_key: str

    async def listings(self, key: str) -> dict[str, Any]:
        """The listings of an account."""
        async with self.http.get(f"{self.url}/listings", headers={"X-Api-Key": key}) as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def far(http: aiohttp.ClientSession) -> AsyncIterator[Far]:
    """The listing service as a process."""
    key, other_key = secrets.token_hex(8), secrets.token_hex(8)
    async with program("-m", "plugins.amazon.listing_service", "--key", key, "--key", other_key) as running:
        url = (await running.says(r"^listening on (http://\S+)$"))[1]
        yield Far(http, url, key, other_key)


async def authorize(shop: Shop, far: Far, key: str) -> str:
    """Authorize `amazon` for the whole business, with an account's key; gives the authorization's id."""
    made = await shop.owner.mutate(
        "authorizePlugin",
        "authorization { id }",
        target={"ownerRef": shop.business_ref},
        pluginTag="amazon",
        secrets={"url": far.url, "key": key},
    )
    return str(made["authorization"]["id"])


async def connect(shop: Shop, good: str) -> dict[str, Any]:
    """Connect `amazon` to a good; gives the mutation's payload once its run has ended."""
    made = await shop.owner.mutate(
        "connectPlugin", "connection { id }", objectRef=f"commerce:Good:{good}", pluginTag="amazon"
    )
    assert (await shop.owner.finished(made["run"]))["status"] == "COMPLETED"
    return made


async def test_goods_are_connected_one_by_one_and_authorized_once(shop: Shop, far: Far) -> None:
    # Given a business that has authorized `amazon`, with two of its three goods connected.
    await authorize(shop, far, far.key)
    tea, pot, cup = [await shop.good(name, stock=10) for name in ("tea", "pot", "cup")]
    connections = [(await connect(shop, good))["connection"]["id"] for good in (tea, pot)]
    assert {tea, pot} <= (await far.listings(far.key)).keys()
    assert (await far.listings(far.key))[tea]["quantity"] == 10
    # When goods change,
    for good in (tea, pot, cup):
        payload = await shop.adjust(good, -3)
        assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
    priced = await shop.owner.mutate("setPrice", "good { id }", goodId=tea, price={"amount": "4.20", "currency": "EUR"})
    named = await shop.owner.mutate(
        "updateGoodAttributes", "good { id }", goodId=tea, set=[{"name": "grade", "value": "A"}]
    )
    for payload in (priced, named):
        assert (await shop.owner.finished(payload["run"]))["status"] == "COMPLETED"
    # then the listings of those that are connected do, too, and the third has none.
    listed = await far.listings(far.key)
    assert listed[tea] | {"revision": 0} == {
        "sku": "tea",
        "title": "tea",
        "price": {"amount": "4.2", "currency": "EUR"},
        "quantity": 7,
        "attributes": {"grade": "A"},
        "revision": 0,
    }
    assert (listed[pot]["quantity"], listed[pot]["revision"]) == (7, 2)
    assert cup not in listed
    # When a good is disconnected, its listing goes.
    ended = await shop.owner.mutate("disconnectPlugin", "connection { status }", connectionId=connections[0])
    assert (await shop.owner.finished(ended["run"]))["status"] == "COMPLETED"
    listed = await far.listings(far.key)
    assert tea not in listed and pot in listed


async def test_the_authorization_works_for_no_other_business(
    shop: Shop, far: Far, people: People, admin: Caller
) -> None:
    # Given one business with an authorization, and another one without, whose good is connected, too.
    await authorize(shop, far, far.key)
    other = await open_shop(await people.newcomer(), admin)
    mine, theirs = await shop.good("tea"), await other.good("tea")
    await connect(shop, mine)
    made = await other.owner.mutate(
        "connectPlugin", "connection { id }", objectRef=f"commerce:Good:{theirs}", pluginTag="amazon"
    )
    # Then the good of the other is not listed: its delivery fails for want of a key.
    failing = await failed_delivery(admin, f"commerce:Good:{theirs}")
    assert "no authorization has the secrets" in failing["lastError"]
    assert theirs not in await far.listings(far.key)
    # When that business authorizes the plugin with a key of its own, its good is listed in its own account.
    await authorize(other, far, far.other_key)
    assert (await other.owner.finished(made["run"], seconds=60))["status"] == "COMPLETED"
    assert theirs in await far.listings(far.other_key)
    assert theirs not in await far.listings(far.key)
    assert mine not in await far.listings(far.other_key)


async def failed_delivery(admin: Caller, ref: str) -> dict[str, Any]:
    """The delivery about an object that failed, once it has."""
    query = """query ($ref: String!) { deliveries(filter: {objectRef: $ref}) { edges { node {
        status lastError } } } }"""
    async with asyncio.timeout(25):
        while True:
            for item in nodes((await admin.ask(query, ref=ref))["deliveries"]):
                if item["lastError"]:
                    return item


async def test_nobody_but_the_plugin_reads_the_key(shop: Shop, far: Far, admin: Caller, people: People) -> None:
    id = await authorize(shop, far, far.key)
    good = await shop.good("tea")
    connection = (await connect(shop, good))["connection"]["id"]
    query = """query ($id: ID!, $owner: String!) {
        connection(id: $id) { authorization { id secrets } }
        authorizations(ownerRef: $owner) { edges { node { id secrets } } } }"""
    # Its owner and an admin see that there is an authorization, and not what is secret of it.
    for who in (shop.owner, admin):
        seen = await who.ask(query, id=connection, owner=shop.business_ref)
        assert seen["connection"]["authorization"] == {"id": id, "secrets": None}
        assert {"id": id, "secrets": None} in nodes(seen["authorizations"])
        assert far.key not in str(seen)
    # Others see nothing at all, another plugin of the same business included.
    for other in (await people.newcomer(), await people.plugin("market")):
        seen = await other.ask(query, id=connection, owner=shop.business_ref)
        assert seen["connection"] is None
        assert far.key not in str(seen)
    # The plugin itself reads it.
    seen = await (await people.plugin("amazon")).ask(query, id=connection, owner=shop.business_ref)
    assert seen["connection"]["authorization"] == {"id": id, "secrets": {"url": far.url, "key": far.key}}
    # The runs and deliveries that an admin can read do not hold it either.
    runs = await admin.ask("{ runs(first: 100) { edges { node { id objectRefs failure { message } } } } }")
    assert far.key not in str(runs)
