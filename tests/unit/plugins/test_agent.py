"""The agent plugin: users are told by a call of their own address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flows.catalog import FlowCatalog
from izara.services import SERVICES
from plugin_sdk.testing import Complete, Delivered, Failed, Harness, RetryLater, connection
from plugins.agent import plugin
from plugins.agent.watched import hook_ids
from tests.support.serving import serving

AS_OWNER = "market_placeOrder_submitted_asOwner"
PAYLOAD = {
    "runId": "r1",
    "flow": "placeOrder",
    "submitterId": "eve",
    "ownerRef": "market:Seller:s1",
    "objectRefs": ["market:Order:o1"],
}


class Address:
    """A user's address, which answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.told: list[tuple[str, Any]] = []

    async def take(self, request: Request) -> Response:
        self.told.append((request.headers["idempotency-key"], await request.json()))
        return Response(status_code=self.status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def address() -> AsyncIterator[tuple[Address, str]]:
    """An address that is called, and where it is."""
    there = Address()
    async with serving(Starlette(routes=[Route("/told", there.take, methods=["POST"])])) as url:
        yield there, f"{url}/told"


async def deliver(url: str | None, attempt: int = 1) -> Delivered:
    ada = connection("registrar:User:ada", links={} if url is None else {"notify": url})
    return await Harness(plugin).deliver(
        AS_OWNER, payload=PAYLOAD, connections=[ada], delivery_id="d1", attempt=attempt
    )


async def test_the_address_is_told_of_the_flow_and_of_the_users_part_in_it() -> None:
    async with address() as (there, url):
        delivered = await deliver(url)
    assert delivered.outcome == Complete()
    assert there.told == [
        (
            "d1",
            {
                "hook": AS_OWNER,
                "as": "owner",
                "user": "ada",
                "service": "market",
                "flow": "placeOrder",
                "run": "r1",
                "submitter": "eve",
                "ownerRef": "market:Seller:s1",
                "objectRefs": ["market:Order:o1"],
            },
        )
    ]


async def test_an_address_that_does_not_take_it_is_told_again_under_the_same_key() -> None:
    async with address() as (there, url):
        for there.status in (500, 302):
            assert isinstance((await deliver(url)).outcome, Failed)
        there.status = 429
        assert (await deliver(url)).outcome == RetryLater(timedelta(minutes=1))
        there.status = 200
        assert (await deliver(url, attempt=3)).outcome == Complete()
    assert [key for key, _ in there.told] == ["d1"] * 4
    assert isinstance((await deliver(url)).outcome, Failed), "nobody listens there any more"


async def test_without_an_address_nobody_is_called() -> None:
    assert (await deliver(None)).outcome == Complete()


def test_it_is_told_of_every_flow_that_can_concern_two_users() -> None:
    """What acts on what others own has both hooks; who makes something of their own is told of nothing."""
    catalogs = [FlowCatalog(service.tag, service.flows) for service in SERVICES.values()]
    ids = {id for catalog in catalogs for id in catalog.hooks if "_submitted_" in id}
    concerned = {id.removesuffix("_asOwner") for id in ids if id.endswith("_asOwner")}
    assert dict(hook_ids()).keys() == {id for id in ids if id.rpartition("_")[0] in concerned}


def test_the_manifest() -> None:
    manifest = plugin.manifest()
    assert (manifest["objTypes"], manifest["permissions"]) == (["User"], [])
    assert {(hook["mode"], hook["onDead"]) for hook in manifest["hooks"]} == {("ASYNC", "SKIP")}
