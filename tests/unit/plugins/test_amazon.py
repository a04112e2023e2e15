"""The amazon plugin, with the listing service as a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from plugin_sdk.testing import Call, Complete, Delivered, Failed, Harness, RetryLater, connection
from plugins.amazon import plugin
from plugins.amazon.listing_service import create_app
from plugins.amazon.listings import Account, ListingFailed
from tests.support.serving import serving

CONNECTED = "registrar_connectPlugin_commit_connected"
DISCONNECTED = "registrar_disconnectPlugin_commit_disconnected"
STOCK = "commerce_adjustStock_commit_stockChanged"
PRICE = "commerce_setPrice_commit_priceChanged"
RENAMED = "commerce_updateGood_commit_updated"
ATTRIBUTES = "commerce_updateGoodAttributes_commit_attributesChanged"
EUROS = {"amount": "9.90", "currency": "EUR"}


@dataclass
class World:
    """A good, its connection, and the listing service."""

    url: str
    secrets: Any
    good: dict[str, Any] | None
    status: str = "ACTIVE"

    def answer(self, call: Call) -> dict[str, Any]:
        """Answers like Commerce and the registrar do."""
        if call.field == "good":
            return {"good": self.good}
        authorization = None if self.secrets is None else {"secrets": self.secrets}
        return {"connection": {"status": self.status, "authorization": authorization}}

    async def deliver(self, hook: str, **payload: Any) -> Delivered:
        """Run the handler of a hook about the good `g/1`."""
        good = connection("commerce:Good:g/1")
        return await Harness(plugin).deliver(hook, payload=payload, connections=[good], graphql=self.answer)

    async def listed(self, key: str = "key-a") -> dict[str, Any]:
        """The listings of an account, revisions left out."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/listings", headers={"X-Api-Key": key}) as answer,
        ):
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
        return {id: {name: value for name, value in item.items() if name != "revision"} for id, item in found.items()}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A good with seven in stock, whose owner has an account at the listing service."""
    good = {
        "sku": "TEA",
        "name": "Tea",
        "price": EUROS,
        "stock": 7,
        "attributes": [{"name": "origin", "value": "Uji"}],
    }
    async with serving(create_app(["key-a", "key-b"])) as url:
        yield World(url, {"url": url, "key": "key-a"}, good)


LISTING = {"sku": "TEA", "title": "Tea", "price": EUROS, "quantity": 7, "attributes": {"origin": "Uji"}}


async def test_a_connected_good_is_listed_in_its_owners_account(world: World) -> None:
    assert (await world.deliver(CONNECTED)).outcome == Complete()
    assert await world.listed() == {"g/1": LISTING}
    assert await world.listed("key-b") == {}
    assert (await world.deliver(DISCONNECTED)).outcome == Complete()
    assert await world.listed() == {}
    assert (await world.deliver(DISCONNECTED)).outcome == Complete()


@pytest.mark.parametrize(
    ("hook", "payload", "changed"),
    [
        (STOCK, {"after": 4}, {"quantity": 4}),
        (RENAMED, {"after": {"name": "Green tea"}}, {"title": "Green tea"}),
        (PRICE, {"after": {"amount": "5", "currency": "EUR"}}, {"price": {"amount": "5", "currency": "EUR"}}),
        (ATTRIBUTES, {"attributes": [{"name": "grade", "value": "A"}]}, {"attributes": {"grade": "A"}}),
    ],
)
async def test_changes_reach_the_listing(world: World, hook: str, payload: Any, changed: Any) -> None:
    await world.deliver(CONNECTED)
    assert (await world.deliver(hook, **payload)).outcome == Complete()
    (listing,) = (await world.listed()).values()
    assert listing == {**LISTING, **changed}


async def test_a_change_that_comes_before_the_listing_makes_it_as_the_good_is_now(world: World) -> None:
    """And the connection's own delivery, which read the good before, does not put it back."""
    assert (await world.deliver(STOCK, after=9)).outcome == Complete()
    (listing,) = (await world.listed()).values()
    assert listing == LISTING
    assert world.good is not None
    world.good["stock"] = 12
    await world.deliver(CONNECTED)
    (listing,) = (await world.listed()).values()
    assert listing["quantity"] == 7


async def test_a_listing_that_is_made_meanwhile_gets_the_change_too(world: World) -> None:
    """The good was read before the change and listed after it: the change is made to that listing."""
    account, held = Account(world.url, "key-a"), world.answer

    async def racing(call: Call) -> Any:
        if call.field == "good":
            await account.create("g/1", LISTING)
        return held(call)

    good = connection("commerce:Good:g/1")
    delivered = await Harness(plugin).deliver(STOCK, payload={"after": 3}, connections=[good], graphql=racing)
    assert delivered.outcome == Complete()
    (listing,) = (await world.listed()).values()
    assert listing["quantity"] == 3


@pytest.mark.parametrize(("good", "status"), [(None, "ACTIVE"), ({}, "DISCONNECTED")])
async def test_what_is_gone_or_disconnected_is_not_listed_again(world: World, good: Any, status: str) -> None:
    world.good, world.status = None if good is None else world.good, status
    assert (await world.deliver(STOCK, after=3)).outcome == Complete()
    assert await world.listed() == {}


@pytest.mark.parametrize("secrets", [None, {}, {"key": "key-a"}, {"url": "http://127.0.0.1:1"}])
async def test_without_the_owners_key_it_does_nothing_and_is_tried_again(world: World, secrets: Any) -> None:
    world.secrets = secrets
    assert isinstance((await world.deliver(STOCK, after=3)).error, LookupError)
    assert isinstance((await world.deliver(CONNECTED)).error, LookupError)
    assert (await world.deliver(DISCONNECTED)).outcome == Complete()


async def test_a_wrong_key_or_address_fails_and_is_never_told(world: World) -> None:
    world.secrets = {"url": world.url, "key": "stolen"}
    first = await world.deliver(CONNECTED)
    world.secrets = {"url": "http://127.0.0.1:1", "key": "stolen"}
    second = await world.deliver(CONNECTED)
    for delivered in (first, second):
        assert isinstance(delivered.error, ListingFailed)
        assert "stolen" not in str(delivered.error) + repr(Account("u", "stolen"))


@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [(429, {"Retry-After": "90"}, 90), (429, {}, 60), (503, {"Retry-After": "5"}, 5)],
)
async def test_a_listing_service_that_is_busy_is_asked_again_when_it_says(
    world: World, status: int, headers: dict[str, str], waits: int
) -> None:
    async def busy(request: Request) -> Response:
        return Response(status_code=status, headers=headers)

    async with serving(Starlette(routes=[Route("/{all:path}", busy, methods=["PUT", "PATCH"])])) as url:
        world.secrets = {"url": url, "key": "key-a"}
        for hook, payload in ((CONNECTED, {}), (STOCK, {"after": 3})):
            assert (await world.deliver(hook, **payload)).outcome == RetryLater(timedelta(seconds=waits))


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_a_far_side_that_answers_wrong_is_tried_again(world: World, status: int) -> None:
    """No answer of the listing service vetoes or ends anything: goods are changed here, whatever happens there."""

    async def away(request: Request) -> Response:
        return Response("busy", status, headers={"Location": f"{world.url}/listings"})

    there, methods = world.secrets, ["PUT", "PATCH", "DELETE"]
    async with serving(Starlette(routes=[Route("/listings/{id:path}", away, methods=methods)])) as url:
        world.secrets = {"url": url, "key": "key-a"}
        for hook, payload in ((CONNECTED, {}), (STOCK, {"after": 4}), (DISCONNECTED, {})):
            delivered = await world.deliver(hook, **payload)
            assert isinstance(delivered.outcome, Failed)
            assert isinstance(delivered.error, ListingFailed)
            assert str(status) in str(delivered.error)
    world.secrets = there
    for hook, payload in ((CONNECTED, {}), (STOCK, {"after": 4}), (CONNECTED, {})):
        assert (await world.deliver(hook, **payload)).outcome == Complete()
    assert await world.listed() == {"g/1": {**LISTING, "quantity": 4}}


async def test_the_listing_service_refuses_what_is_no_listing(world: World) -> None:
    headers = {"X-Api-Key": "key-a"}
    async with aiohttp.ClientSession(world.url, headers=headers) as session:
        for body, status in (("no json", 400), ('{"colour": 1}', 422), ('{"sku": "A"}', 422), ("[]", 422)):
            async with session.put("/listings/a", data=body) as answer:
                assert answer.status == status, body
        async with session.get("/listings/a") as answer:
            assert answer.status == 404
        async with session.get("/listings", headers={"X-Api-Key": "none"}) as answer:
            assert answer.status == 401


async def test_a_change_of_nothing_is_no_revision(world: World) -> None:
    await world.deliver(CONNECTED)
    for _ in range(2):
        await world.deliver(STOCK, after=5)
    async with (
        aiohttp.ClientSession(headers={"X-Api-Key": "key-a"}) as session,
        session.get(f"{world.url}/listings") as answer,
    ):
        (listing,) = (await answer.json()).values()
    assert listing["revision"] == 2


def test_the_manifest() -> None:
    manifest = plugin.manifest()
    assert (manifest["objTypes"], manifest["permissions"]) == (["Good"], ["commerce.goods.read"])
    assert {hook["id"] for hook in manifest["hooks"]} == {CONNECTED, DISCONNECTED, STOCK, PRICE, ATTRIBUTES, RENAMED}
