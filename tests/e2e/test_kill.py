"""SIGKILL at every write of `adjustStock`: of the service, the plugins, and the store (scenario 14).

The path: a sync plugin validates, the good is written, an async plugin follows with a callback that writes the offer.
A proxy before the store counts the writes, and strikes at a chosen one, before the write or after it was applied.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e import IN_STACK
from tests.soak.platform import SoakPlatform
from tests.support.killable import PATIENCE, PAUSE, Pair, Platform, Scene
from tests.support.write_tap import Strike

pytestmark = IN_STACK

ADJUST = """mutation ($good: ID!, $key: String!) {
    adjustStock(input: {goodId: $good, delta: -3, idempotencyKey: $key}) {
        run { id status } errors { code message } } }"""
STATE = """query ($good: ID!, $offer: ID!, $run: ID!) { good(id: $good) { stock } sellOffer(id: $offer) { available }
    commerceRun(id: $run) { status } }"""


async def adjust(platform: Platform, pair: Pair) -> dict[str, Any]:
    """Take 3 off the stock under a key, whatever dies meanwhile; returns the state once the run has ended."""
    done = await platform.insist(ADJUST, good=pair.good_id, key=f"adjust/{pair.good_id}")
    assert done["adjustStock"]["errors"] == [], done
    run = done["adjustStock"]["run"]["id"]
    async with asyncio.timeout(PATIENCE):
        while True:
            state = await platform.insist(STATE, good=pair.good_id, offer=pair.offer_id, run=run)
            if state["commerceRun"]["status"] not in ("RUNNING", "AWAITING"):
                return state
            await asyncio.sleep(PAUSE)


def strikes(platform: Platform) -> list[tuple[str, Strike, bool]]:
    """Who dies, and whether the write was applied by then; a store that is not ours does not."""
    kinds: list[tuple[str, Strike, bool]] = [
        ("service before", platform.kill_service, False),
        ("service after", platform.kill_service, True),
        ("plugins before", platform.kill_plugins, False),
        ("store before", platform.kill_store, False),
        ("store after", platform.kill_store, True),
    ]
    return kinds if platform.store_pid is not None else kinds[:3]


@pytest.mark.parametrize(
    "every",
    [
        pytest.param(False, id="one-death-a-write", marks=pytest.mark.timeout(240)),
        pytest.param(True, id="every-death", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ],
)
async def test_nothing_is_lost_or_done_twice_whoever_dies_at_whatever_write(
    platform: SoakPlatform, every: bool
) -> None:
    scene = Scene(platform, f"every death: {every}")
    await scene.begin()
    writes = await survive(platform, await scene.pair(), None)
    assert len(writes) >= 12, writes
    kinds = strikes(platform)
    for at, write in enumerate(writes):
        for kind in kinds if every else kinds[at % len(kinds) :][:1]:
            await survive(platform, await scene.pair(), at, kind, f"{kind[0]} write {at} ({write})")


async def survive(
    platform: Platform,
    pair: Pair,
    at: int | None,
    kind: tuple[str, Strike, bool] | None = None,
    place: str = "nobody died",
) -> list[str]:
    """Adjust while the strike falls at a write; the effects are there exactly once. Returns the writes seen."""
    _, strike, applied = kind or ("", None, False)
    platform.tap.arm(at, strike, applied=applied)
    state = await adjust(platform, pair)
    seen = list(platform.tap.seen)
    platform.tap.arm(None)
    expected = {"good": {"stock": 7}, "sellOffer": {"available": 7}, "commerceRun": {"status": "COMPLETED"}}
    assert state == expected, f"{place}: {state}"
    return seen
