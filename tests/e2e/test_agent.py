"""Scenario 8: users are told of what they submit on others' objects, and of what others submit on theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import Shop, nodes
from tests.support.gql import Caller
from tests.support.serving import serving

pytestmark = IN_STACK


class Address:
    """Where a user's agent is told, and what it was told so far."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()

    async def take(self, request: Request) -> Response:
        async with self._changed:
            self.told.append(await request.json())
            self._changed.notify_all()
        return Response(status_code=204)

    async def until(self, count: int) -> list[tuple[str, str]]:
        """Wait for so many calls; gives flow and part of each."""
        async with asyncio.timeout(25), self._changed:
            await self._changed.wait_for(lambda: len(self.told) >= count)
        return [(item["flow"], item["as"]) for item in self.told]


@asynccontextmanager
async def attached(user: Caller) -> AsyncIterator[Address]:
    """The user attaches `agent` to themself, with an address of their own."""
    address = Address()
    ref = (await user.ask("{ me { user { objectRef } } }"))["me"]["user"]["objectRef"]
    async with serving(Starlette(routes=[Route("/told", address.take, methods=["POST"])])) as url:
        links = [{"name": "notify", "url": f"{url}/told"}]
        made = await user.mutate(
            "connectPlugin", "connection { id status }", objectRef=ref, pluginTag="agent", links=links
        )
        assert made["connection"]["status"] == "ACTIVE"
        yield address
        await user.mutate("disconnectPlugin", "connection { status }", connectionId=made["connection"]["id"])


@pytest_asyncio.fixture(loop_scope="session")
async def buyer(people: People) -> Caller:
    """Somebody without a role on the shop."""
    return await people.newcomer()


async def test_submitter_and_owner_are_each_told_once(shop: Shop, buyer: Caller) -> None:
    ware = await shop.ware("tea", connected=False)
    async with attached(shop.owner) as of_owner, attached(buyer) as of_buyer:
        # When the buyer orders from the shop,
        lines = [{"offerId": ware.offer, "quantity": 2}]
        order = {"lines": lines, "buyer": {"name": "Eve", "email": "eve@example.org"}}
        placed = await buyer.mutate("placeOrder", "order { id }", **order)
        assert placed["run"]["awaiting"] == ["agent"]
        # then each of the two is told once, each of their own part in it;
        assert await of_buyer.until(1) == [("placeOrder", "submitter")]
        assert await of_owner.until(1) == [("placeOrder", "owner")]
        assert (await buyer.finished(placed["run"]))["status"] == "COMPLETED"
        assert of_owner.told[0]["run"] == of_buyer.told[0]["run"] == placed["run"]["id"]
        assert f"market:Order:{placed['order']['id']}" in of_owner.told[0]["objectRefs"]
        assert of_owner.told[0]["submitter"] == of_buyer.told[0]["user"] != of_owner.told[0]["user"]
        # and neither of what the owner does to what is theirs, for no flow of theirs awaits the plugin.
        own = await shop.owner.mutate("updateSellOffer", "sellOffer { id }", offerId=ware.offer, stock=3)
        assert (own["run"]["status"], own["run"]["awaiting"]) == ("COMPLETED", [])
    assert (len(of_owner.told), len(of_buyer.told)) == (1, 1)


async def test_a_manager_and_the_owner_are_told_of_each_other(shop: Shop, buyer: Caller, admin: Caller) -> None:
    good = await shop.good("tea")
    me = (await buyer.ask("{ me { id } }"))["me"]["id"]
    await shop.owner.mutate("grantRole", "role", objectRef=shop.business_ref, userId=me, role="MANAGER")
    async with attached(shop.owner) as of_owner, attached(buyer) as of_manager:
        # When a manager changes the owner's good,
        changed = await buyer.mutate("adjustStock", "good { stock }", goodId=good, delta=-1)
        assert (await buyer.finished(changed["run"]))["status"] == "COMPLETED"
        # then both are told, once each, as the deliveries show, too.
        assert await of_manager.until(1) == [("adjustStock", "submitter")]
        assert await of_owner.until(1) == [("adjustStock", "owner")]
        query = """query ($ref: String!) { deliveries(filter: {objectRef: $ref, pluginTag: "agent"}) { edges { node {
            hookId status run { id } } } } }"""
        for told, hook in ((of_owner, "asOwner"), (of_manager, "asSubmitter")):
            ref = f"registrar:User:{told.told[0]['user']}"
            found = nodes((await admin.ask(query, ref=ref))["deliveries"])
            of_run = [(item["hookId"], item["status"]) for item in found if item["run"]["id"] == changed["run"]["id"]]
            assert of_run == [(f"commerce_adjustStock_submitted_{hook}", "COMPLETED")]


async def test_only_the_user_attaches_a_plugin_to_themself(shop: Shop, buyer: Caller) -> None:
    ref = (await shop.owner.ask("{ me { user { objectRef } } }"))["me"]["user"]["objectRef"]
    connect = "mutation ($input: ConnectPluginInput!) { connectPlugin(input: $input) { connection { id } } }"
    assert await buyer.codes(connect, input={"objectRef": ref, "pluginTag": "agent"}) == {"FORBIDDEN"}
