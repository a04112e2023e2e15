"""Processes of the toy service, or of another, on one store, step by step under a clock that only the test moves."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any
from unittest.mock import patch

from flows import Engine, EngineSettings, Flow, Submission
from flows.delivery_store import inbox
from flows.grants import Grants
from flows.outcomes import Complete, Outcome
from flows.parts import inbox_topic, run_topic
from flows.records import DeliveryRecord, DeliveryStatus, ErrorRecord, RunRecord
from store import Store
from tests.support.faults import ACTOR, Faults, acting, steering
from tests.support.toy_service import ADA, FLOWS, SERVICE, add_jar, prepare_toys, toy_engine

SLOW = EngineSettings(heartbeat=10**9, caller_wait=10**9, retry_base=10, retry_cap=100)
"""Nothing happens by itself: the test sweeps."""
PLUGINS = ("p", "q")


class Violated(AssertionError):
    """A property that the protocol promises does not hold."""


def must(holds: bool, what: str) -> None:
    """Raise Violated unless the property holds."""
    if not holds:
        raise Violated(what)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1_700_000_000_000

    def now(self) -> int:
        return self.time

    def monotonic(self) -> int:
        return self.time

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.time += int(seconds * 1000)


class Process:
    """One process of the service; its operations carry its name."""

    def __init__(self, world: World, name: str, engine: Engine) -> None:
        self.world = world
        self.name = name
        self.engine = engine
        self.service = engine.parts.catalog.service
        self._calls: list[asyncio.Task[Submission]] = []

    def call(self, flow: Flow[Any], params: Any, key: str | None = "", **more: Any) -> asyncio.Task[Submission]:
        """A client's mutation, under way: under a new key where none is given, without one where that is None."""
        if key == "":
            key = self.world.new_key()
        context = contextvars.copy_context()
        context.run(ACTOR.set, self.name)
        own = self.engine.parts.catalog.flow(flow.tag)
        assert own is not None, f"{self.name} has no flow {flow.tag}"
        given: dict[str, Any] = {"principal": ADA, "idempotency_key": key} | more
        task = asyncio.get_running_loop().create_task(self.engine.submit(own, params, **given), context=context)
        self._calls.append(task)
        return task

    async def submit(self, flow: Flow[Any], params: Any, key: str | None = "", **more: Any) -> RunRecord:
        """A client's mutation, answered."""
        try:
            async with asyncio.timeout(5):
                submission = await self.call(flow, params, key, **more)
        except TimeoutError:
            raise Violated("a caller is not answered") from None
        assert submission.record is not None, submission.errors
        return submission.record

    async def sweep(self) -> None:
        """Sweep once."""
        with acting(self.name):
            await self.engine.sweep()

    async def take(self, plugin: str, worker: str = "w") -> list[DeliveryRecord]:
        """What a worker of the plugin is granted now, leased."""
        with acting(self.name):
            grants = Grants(self.engine.parts, plugin, worker, None, 16, 0.0)
            await grants._take()
            return list(grants._ready)

    async def take_one(self, plugin: str) -> DeliveryRecord:
        """The plugin's next delivery, waited for."""
        with self.engine.parts.hub.subscribe(inbox_topic(inbox(self.service, plugin))) as waiter:
            for _ in range(20):
                taken = await self.take(plugin)
                if taken:
                    return taken[0]
                await waiter.wait(0.5)
        raise Violated(f"nothing comes for plugin {plugin}")

    async def reply(self, delivery: DeliveryRecord, outcome: Outcome) -> list[str]:
        """The plugin's answer; returns the codes of what is wrong with it."""
        with acting(self.name):
            errors: list[ErrorRecord] = await self.engine.reply(
                delivery.plugin_tag, delivery.id, delivery.attempt, outcome
            )
        self.world.wake()
        return [error.code for error in errors]

    async def idle(self, but: Sequence[str] = ()) -> None:
        """Wait until no worker of this process is at work, but on these runs."""
        try:
            async with asyncio.timeout(5):
                while tasks := [task for id, task in self.engine._working.items() if id not in but]:
                    await asyncio.wait(tasks)
        except TimeoutError:
            raise Violated(f"a worker of {self.name} does not stop") from None

    async def drain(self, until: Callable[[], bool] = lambda: False) -> None:
        """Let workers and plugins go on until nothing moves any more, or `until` is reached."""
        for _ in range(100):
            if until():
                return
            answered = False
            for plugin in PLUGINS:
                for delivery in await self.take(plugin):
                    answered = True
                    await self.world.handle(self, delivery)
            working = list(self.engine._working)
            if not working and not answered:
                return
            if working and not answered:
                topics = [inbox_topic(inbox(self.service, plugin)) for plugin in PLUGINS]
                with self.engine.parts.hub.subscribe(*topics, *map(run_topic, working)) as waiter:
                    await waiter.wait(0.02)
        raise Violated(f"{self.name} does not come to rest")

    def kill(self) -> None:
        """The process is gone: workers and calls stop where they are, and nothing is begun any more."""
        self.engine.cancel_workers()
        for call in self._calls:
            call.cancel()

    async def close(self) -> None:
        """End what is left of it."""
        self.kill()
        await asyncio.gather(*self._calls, return_exceptions=True)


class World:
    """The store, the clock, the faults, and what the plugins did."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store = store
        self.faults = faults
        self.clock = HandClock()
        self.processes: list[Process] = []
        self.answers: dict[str, Callable[[DeliveryRecord], Awaitable[Outcome]]] = {}
        self.done: list[DeliveryRecord] = []
        """Deliveries that a plugin completed, in order."""
        self._start: dict[str, int] = {}
        self._keys = count()

    def new_key(self) -> str:
        """A key that no other call has."""
        return f"call{next(self._keys)}"

    @asynccontextmanager
    async def process(
        self, name: str, flows: Sequence[Flow[Any]] = FLOWS, service: str = SERVICE, **settings: Any
    ) -> AsyncIterator[Process]:
        """A process of the service, until the block ends."""
        async with toy_engine(self.store, replace(SLOW, **settings), self.clock, flows, service) as engine:
            process = Process(self, name, engine)
            self.processes.append(process)
            try:
                yield process
            finally:
                self.processes.remove(process)
                await process.close()

    def wake(self) -> None:
        """A wake-up for everyone."""
        for process in self.processes:
            process.engine.parts.hub.notify_all()

    async def handle(self, process: Process, delivery: DeliveryRecord) -> None:
        """The plugin handles a delivery and answers."""
        answer = self.answers.get(delivery.plugin_tag)
        outcome = Complete() if answer is None else await answer(delivery)
        if isinstance(outcome, Complete) and delivery.kind == "COMMIT":
            self.done.append(delivery)
        await process.reply(delivery, outcome)

    def lease_ends(self) -> None:
        """Every lease that is held now runs out."""
        self.clock.advance(60)

    async def rest(self, *processes: Process, times: int = 12) -> None:
        """Sweep and let plugins answer until everything has ended and nothing is left over."""
        left: list[str] = []
        for _ in range(times):
            self.lease_ends()
            for process in processes:
                await process.sweep()
                await process.drain()
            left = await leftovers(self.store)
            if not left:
                break
        must(not left, f"an effect, entry, delivery, mark or run stays: {left}")

    async def runs(self) -> list[RunRecord]:
        """Every run as it is stored."""
        return [RunRecord.model_validate(row) async for row in self.store.collection("flows_runs").find({})]

    async def run(self, id: str) -> RunRecord:
        """One run as it is stored."""
        return next(run for run in await self.runs() if run.id == id)

    async def deliveries(self) -> list[DeliveryRecord]:
        """Every delivery as it is stored."""
        found = self.store.collection("flows_deliveries").find({})
        return [DeliveryRecord.model_validate(row) async for row in found]

    async def add_jar(self, id: str, count: int) -> None:
        """A jar, remembered for `check`."""
        self._start[id] = count
        await add_jar(self.store, id, count)

    async def check(self) -> None:
        """Each completed run changed its jar once and no other did; children all or none; plugins saw order."""
        runs = await self.runs()
        for jar, start in self._start.items():
            row = await self.store.collection("toy_jars").find_one({"_id": jar})
            assert row is not None
            moved = sum(
                run.params["delta"]
                for run in runs
                if run.flow in ("adjust", "tip") and run.params["jar_id"] == jar and run.status == "COMPLETED"
            )
            must(row["beans"] == start + moved, f"jar {jar} holds {row['beans']}, its runs make {start + moved}")
        for run in runs:
            if run.flow == "trade":
                self._check_trade(run, [child for child in runs if child.parent == run.id])
        await self._check_plugins()

    @staticmethod
    def _check_trade(parent: RunRecord, children: Sequence[RunRecord]) -> None:
        net: dict[str, int] = {}
        for child in children:
            if child.status == "COMPLETED":
                jar = child.params["jar_id"]
                net[jar] = net.get(jar, 0) + child.params["delta"]
        wanted = {jar: -count for jar, count in parent.params["takes"].items()}
        if parent.status != "COMPLETED":
            wanted = dict.fromkeys(wanted, 0)
        must({jar: net.get(jar, 0) for jar in wanted} == wanted, f"trade {parent.id} is not all or nothing: {net}")

    async def _check_plugins(self) -> None:
        ids = [item.id for item in self.done]
        for item in self.done:
            queued = [other.seq for other in self.done if (other.queue, other.mode) == (item.queue, "ASYNC")]
            must(queued == sorted(queued), f"plugin {item.plugin_tag} sees {item.subject} out of order")
        for delivery in await self.deliveries():
            if delivery.kind == "COMMIT" and delivery.status is DeliveryStatus.COMPLETED:
                must(delivery.id in ids, f"delivery {delivery.id} is completed without its plugin")
        changes = [(item.plugin_tag, item.run_id, item.hook_id, item.seq) for item in self.done]
        must(len(set(changes)) == len(set(ids)), "a change reached a plugin as two deliveries")


async def leftovers(store: Store) -> list[str]:
    """What should be gone once everything has ended: effects, outbox entries, marks, open deliveries."""
    left = []
    for name in ("toy_jars", "toy_trades"):
        async for row in store.collection(name).find({}):
            left += [f"{name} {row['_id']} {part}" for part in ("effects", "outbox") if row[part]]
    async for run in store.collection("flows_runs").find({}):
        if run["next_at"] is not None or run["stage"] != "ENDED":
            left.append(f"run {run['_id']} {run['flow']} {run['stage']} {run['next_at']}")
    async for item in store.collection("flows_deliveries").find({}):
        if item["settle_at"] is not None or item["inbox"] is not None:
            left.append(f"delivery {item['_id']} {item['status']} {item['settle_at']}")
    return left


async def swept(store: Store, engine: Engine) -> list[str]:
    """What is left once the engine has swept until nothing is, for five seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while await leftovers(store):
                await engine.sweep()
                await asyncio.sleep(0)
    return await leftovers(store)


@asynccontextmanager
async def open_world(store: Store) -> AsyncIterator[World]:
    """An empty world."""
    await prepare_toys(store)
    with steering() as faults, patch.object(Engine, "sweep_for_ever", asleep):
        yield World(store, faults)


async def asleep(engine: Engine) -> None:
    """In place of the sweep: the test sweeps when it wants to."""
    await asyncio.Event().wait()
