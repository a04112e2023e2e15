"""A process of the toy service with some versions of its flows: toy_process URI DATABASE VERSIONS, until SIGINT.

It prints each state of the runs of jars that it watches, as `run JAR VERSION STATUS`, and `granted PLUGIN DELIVERY
ATTEMPT` for what its plugins get, who never answer; what they would have answered is given to another process.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from flows import Engine, Flow, open_bus, open_engine
from flows.outcomes import Complete, Outcome
from flows.records import DeliveryRecord
from store import ChangeHub, connect_store
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import ADA, ADJUST, FAST, FLOWS, SERVICE, Adjust, jar_ref, prepare_toys
from tests.support.versions import BOTH, NEW_ONLY

VERSIONS: Mapping[str, Sequence[Flow[Any]]] = {"old": FLOWS, "new": NEW_ONLY, "both": BOTH}
SETTINGS = replace(FAST, blocked_interval=200)


def say(text: str) -> None:
    """A line for who started the process."""
    print(text, flush=True)  # noqa: T201 (what its parent waits for)


async def hold(delivery: DeliveryRecord) -> Outcome:
    """Say what was granted, and be at it for ever."""
    say(f"granted {delivery.plugin_tag} {delivery.id} {delivery.attempt}")
    await asyncio.Event().wait()
    raise AssertionError("nothing ends the wait")


async def tell(engine: Engine, jar: str) -> None:
    """Say how the runs of a jar move."""
    async for view in engine.watch_runs(object_ref=jar_ref(jar)):
        say(f"run {jar} {view.run.version} {view.run.status}")


async def serve(given: argparse.Namespace) -> None:
    """Take two beans out of jars, let plugins work, and take runs on until this is killed."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(connect_store(given.uri, given.database))
        await prepare_toys(store)
        hub = ChangeHub()
        await stack.enter_async_context(open_bus(store, hub))
        flows = VERSIONS[given.versions]
        engine = await stack.enter_async_context(open_engine(store, hub, SERVICE, flows, SETTINGS))
        for tag, delivery, attempt in map(str.split, given.complete):
            assert await engine.reply(tag, delivery, int(attempt), Complete()) == []
        for tag in given.plugin:
            await stack.enter_async_context(toy_plugin(engine, tag, hold))
        flow = next(flow for flow in flows if flow.tag == ADJUST.tag)
        for jar in given.adjust:
            await engine.submit(flow, Adjust(jar, -2), principal=ADA, idempotency_key=jar)
        async with asyncio.TaskGroup() as watching:
            for jar in given.watch:
                watching.create_task(tell(engine, jar))


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("uri", "database", "versions"):
        parser.add_argument(name)
    for name in ("--adjust", "--watch", "--plugin", "--complete"):
        parser.add_argument(name, nargs="*", default=[])
    # It is ignored where the tests were begun in a shell's background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
