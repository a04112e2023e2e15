"""A price change over many goods: page by page, each good once, whoever is killed meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from websockets.exceptions import WebSocketException

from tests.e2e import IN_STACK
from tests.e2e.shop import nodes
from tests.soak.platform import SoakPlatform
from tests.support.gql import TERMINAL, Caller
from tests.support.killable import PAUSE, Platform, Scene

pytestmark = IN_STACK

CHANGE = """mutation ($input: ChangePricesInput!) { changePrices(input: $input) {
    errors { code message } run { id status progress { page done of failed } } } }"""
UPDATES = """subscription ($id: ID!) { commerceRunUpdates(id: $id) {
    status progress { step page done of failed undone } } }"""
PRICES = """query ($id: ID!, $after: String) { goods(businessId: $id, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id price { amount } } } } }"""
REFUSED = """query ($id: ID!) { runs(filter: {parent: $id, status: REJECTED}) {
    edges { node { flow status objectRefs } } } }"""
AT_ONCE = 25
"""Goods made by one request."""


async def goods(platform: Platform, business: str, prices: list[str]) -> None:
    """Goods of these prices."""
    free = asyncio.Semaphore(4)

    async def some(first: int) -> None:
        numbers = range(first, min(first + AT_ONCE, len(prices)))
        given: dict[str, Any] = {
            f"i{number}": {
                "businessId": business,
                "sku": f"s{number}",
                "name": "G",
                "stock": 1,
                "price": {"amount": prices[number], "currency": "EUR"},
                "idempotencyKey": f"{business}/{number}",
            }
            for number in numbers
        }
        asked = " ".join(f"g{n}: createGood(input: $i{n}) {{ good {{ id }} }}" for n in numbers)
        declared = ", ".join(f"$i{n}: CreateGoodInput!" for n in numbers)
        async with free:
            made = await platform.insist(f"mutation ({declared}) {{ {asked} }}", **given)
        assert all(item["good"] for item in made.values()), made

    await asyncio.gather(*map(some, range(0, len(prices), AT_ONCE)))


async def prices_of(platform: Platform, business: str) -> Counter[str]:
    """How many goods of the business have which price."""
    found: Counter[str] = Counter()
    after = None
    while True:
        page = (await platform.insist(PRICES, id=business, after=after))["goods"]
        found.update(good["price"]["amount"] for good in nodes(page))
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def moves(platform: Platform, id: str) -> AsyncIterator[dict[str, Any]]:
    """The run each time it moves, watched again whenever the platform was away."""
    while True:
        with suppress(OSError, WebSocketException, aiohttp.ClientError, AssertionError, TimeoutError):
            caller = Caller(platform.session, platform.endpoint, await platform.token("ada"))
            async with caller.subscribe(UPDATES, id=id) as updates:
                while True:
                    yield (await updates.next())["commerceRunUpdates"]
        await asyncio.sleep(PAUSE)


@pytest.mark.parametrize(
    ("count", "killed_at"),
    [
        pytest.param(120, [1], id="two pages", marks=pytest.mark.timeout(240)),
        pytest.param(350, [1, 2, 4], id="a few hundred", marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
        pytest.param(
            10_000, [2, 20, 40, 60, 80], id="ten thousand", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]
        ),
    ],
)
async def test_each_good_gets_its_price_once_whoever_is_killed_meanwhile(
    platform: SoakPlatform, count: int, killed_at: list[int]
) -> None:
    """One good is too dear for it: it keeps its price, is counted and listed, and the others go on.

    The service is killed when these pages are seen to be under way.
    """
    kills = list(killed_at)
    scene = Scene(platform, f"{count} goods")
    await scene.begin()
    await goods(platform, scene.business, ["2.50"] * (count - 1) + ["999999999999"])
    asked = {"businessId": scene.business, "percent": "10", "idempotencyKey": f"change/{count}"}
    answer = (await platform.insist(CHANGE, input=asked))["changePrices"]
    assert (answer["errors"], answer["run"]["status"]) == ([], "AWAITING"), answer
    assert (answer["run"]["progress"]["page"], answer["run"]["progress"]["of"]) == (1, count)
    seen: list[dict[str, Any]] = []
    async for run in moves(platform, answer["run"]["id"]):
        seen.append(run)
        if kills and run["progress"]["page"] >= kills[0]:
            kills.pop(0)
            await platform.kill_service()
        if run["status"] in TERMINAL:
            break
    last = {"step": "goods", "page": -(-count // 100), "done": count, "of": count, "failed": 1, "undone": 0}
    assert seen[-1] == {"status": "COMPLETED", "progress": last}
    assert {run["progress"]["page"] for run in seen} >= {2, last["page"]}, "it was seen to go on"
    assert await prices_of(platform, scene.business) == {"2.75": count - 1, "999999999999": 1}
    refused = nodes((await platform.insist(REFUSED, id=answer["run"]["id"]))["runs"])
    assert [(run["flow"], run["status"]) for run in refused] == [("setPrice", "REJECTED")]
