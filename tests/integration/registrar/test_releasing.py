"""Ending a connection releases the runs that wait for its plugin, whichever process they are worked on in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from flows import Engine, open_bus, open_engine
from flows.outcomes import Complete
from flows.records import RunStatus
from registrar.app import SERVICE
from registrar.cancel import cancel_ended
from store import ChangeHub, Store
from tests.integration.flows.test_runs import adjust, ended, granted
from tests.support.toy_service import FAST, FLOWS, add_jar, add_plugin, connect, prepare_toys, warm

NEVER = 10**9
BY_EVENT_ALONE = replace(FAST, sweep_interval=NEVER, settle_delay=NEVER, release_interval=NEVER, delivery_lease=NEVER)


@pytest.mark.parametrize("leased", [False, True])
async def test_a_connection_that_ends_releases_its_runs_at_once(store: Store, leased: bool) -> None:
    """No sweep comes, and the handler goes on: the write of the end itself is what wakes the run's service."""
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "p", changed={"mode": "ASYNC"})
    await connect(store, "p", ["a"])
    async with AsyncExitStack() as stack:
        toys = await process(stack, store, "toy")
        registrar = await process(stack, store, SERVICE.tag)
        grants = await stack.enter_async_context(toys.grants("p", "w", None, 16))
        run = await adjust(toys, "a", -1)
        assert run.status is RunStatus.AWAITING
        delivery = await granted(grants) if leased else None
        await store.collection("registrar_connections").update_many({}, {"$set": {"status": "DISCONNECTED"}})
        assert await cancel_ended(store, registrar, "p", None) == 1
        async with asyncio.timeout(10):
            assert (await ended(toys, run.id)).status is RunStatus.COMPLETED
        if delivery is not None:
            late = await toys.reply("p", delivery.id, delivery.attempt, Complete())
            assert [error.code for error in late] == ["STALE_ATTEMPT"]


async def process(stack: AsyncExitStack, store: Store, service: str) -> Engine:
    """A process with a hub of its own, fed by the store alone."""
    await warm(store)
    hub = ChangeHub()
    await stack.enter_async_context(open_bus(store, hub))
    flows = FLOWS if service == "toy" else SERVICE.flows
    return await stack.enter_async_context(open_engine(store, hub, service, flows, BY_EVENT_ALONE))
