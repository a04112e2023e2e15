"""What hooks cost: a sync one to its caller, an async one from the mutation until its run has the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter

from bench.filling import store_finished
from bench.operations import Operations, replay
from bench.platform import Platform
from bench.plugin import ASYNC, GROWING, SYNC
from flows.records import RunStatus

WARM_UP = 5
GOODS_PER_CLIENT = 2
_LOOK = 0.05
_LOOKED_AT = 20


@dataclass(frozen=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency:
        """Of at least one measured time."""
        cuts = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else seconds * 99
        return cls(cuts[49] * 1000, cuts[98] * 1000)


@dataclass(frozen=True)
class SyncHook:
    """`adjustStock` with a sync plugin, without one, and the same operations asked of the store directly.

    Attributes:
        operations, plain: per mutation with the plugin and without; both one after the other.
        loaded, loaded_floor: with `clients` mutations of as many goods at once; the floor shares commands too.
    """

    mutations: int
    with_plugin: Latency
    without_plugin: Latency
    floor: Latency
    operations: Operations
    plain: Operations
    clients: int
    loaded: Latency
    loaded_floor: Latency


@dataclass(frozen=True)
class Growth:
    """What an async delivery costs by how many are stored.

    Attributes:
        stored: finished deliveries, each with its run, beside those that are measured.
        milliseconds: of the whole platform for each delivery, ten under way at once.
        reads, writes: commands to the store for each.
    """

    stored: int
    milliseconds: float
    reads: float
    writes: float


@dataclass(frozen=True)
class AsyncDeliveries:
    """Runs with one async delivery each, from the first mutation sent to the last run completed.

    Attributes:
        rate, floor_rate: deliveries per second, and rounds of the same operations asked of the store directly.
        apart_rate: such rounds where each document is written by a command of its own.
        alone: from a run's start until it has the outcome, where nothing else is under way.
        loaded: the same while the clients send as fast as they are answered, so that deliveries queue up.
        clients: mutations under way at once.
        operations: per delivery.
    """

    deliveries: int
    clients: int
    rate: float
    floor_rate: float
    apart_rate: float
    alone: Latency
    loaded: Latency
    operations: Operations


async def measure_sync(platform: Platform, mutations: int, clients: int) -> SyncHook:
    """One mutation after the other on one good, then many at once on as many goods."""
    owner, business = await _business(platform)
    watched, alone = await platform.good(business, "SYNC"), await platform.good(business, "ALONE")
    goods = [await platform.good(business, f"SYNC-{number}") for number in range(clients)]
    await _adjust(platform, alone, WARM_UP)
    platform.operations.reset()
    without = await _adjust(platform, alone, mutations)
    plain = platform.operations.per(mutations)
    async with platform.plugin(SYNC, owner, watched, *goods):
        await _adjust(platform, watched, WARM_UP)
        platform.operations.reset()
        took = await _adjust(platform, watched, mutations)
        operations = platform.operations.per(mutations)
        await _adjust_all(platform, goods)
        loaded = [*await _adjust_all(platform, goods), *await _adjust_all(platform, goods)]
    floor, _ = await replay(platform.store, operations, mutations, clients=1)
    loaded_floor, _ = await replay(platform.store, operations, len(loaded), clients, sharing=True)
    return SyncHook(
        mutations,
        Latency.of(took),
        Latency.of(without),
        Latency.of(floor),
        operations,
        plain,
        clients,
        Latency.of(loaded),
        Latency.of(loaded_floor),
    )


async def _adjust_all(platform: Platform, goods: list[str]) -> list[float]:
    """One mutation of each good, all at once; the seconds of each."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(_adjust(platform, good, 1)) for good in goods]
    return [task.result()[0] for task in started]


async def measure_async(platform: Platform, deliveries: int, clients: int) -> AsyncDeliveries:
    """Mutations of several goods by several clients at once."""
    owner, business = await _business(platform)
    goods = [await platform.good(business, f"ASYNC-{number}") for number in range(GOODS_PER_CLIENT * clients)]
    async with platform.plugin(ASYNC, owner, *goods):
        await _completed(platform, [await _submit(platform, goods[0]) for _ in range(WARM_UP)])
        alone = await _one_by_one(platform, goods, deliveries // 10 or 1)
        platform.operations.reset()
        began = perf_counter()
        runs = await _submit_all(platform, goods, deliveries, clients)
        await _completed(platform, runs)
        took = perf_counter() - began
        operations = platform.operations.per(deliveries)
        loaded = await _delays(platform, runs)
    _, floor = await replay(platform.store, operations, deliveries, clients)
    _, apart = await replay(platform.store, operations.written_apart(), deliveries, clients)
    return AsyncDeliveries(
        deliveries,
        clients,
        deliveries / took,
        deliveries / floor,
        deliveries / apart,
        Latency.of(alone),
        Latency.of(loaded),
        operations,
    )


async def measure_growth(platform: Platform, sizes: Sequence[int], deliveries: int) -> list[Growth]:
    """The same deliveries among more and more finished ones."""
    owner, business = await _business(platform)
    goods = [await platform.good(business, f"GROWTH-{number}") for number in range(20)]
    grown: list[Growth] = []
    stored = 0
    async with platform.plugin(GROWING, owner, *goods):
        await _completed(platform, await _submit_all(platform, goods, 2 * len(goods), 10))
        for size in sizes:
            await store_finished(platform, stored, size)
            stored = size
            await _completed(platform, await _submit_all(platform, goods, len(goods), 10))
            platform.operations.reset()
            began = perf_counter()
            await _completed(platform, await _submit_all(platform, goods, deliveries, 10))
            took = perf_counter() - began
            operations = platform.operations.per(deliveries)
            grown.append(Growth(size, took / deliveries * 1000, operations.reads, operations.writes))
    return grown


async def _business(platform: Platform) -> tuple[str, str]:
    made = (await platform.mutate("ada", "createBusiness", "business { id objectRef }", name="Bench"))["business"]
    return made["objectRef"], made["id"]


async def _submit(platform: Platform, good: str) -> str:
    given = {"goodId": good.rpartition(":")[2], "delta": -1}
    return str((await platform.mutate("ada", "adjustStock", "run { id status }", **given))["run"]["id"])


async def _adjust(platform: Platform, good: str, times: int) -> list[float]:
    took = []
    for _ in range(times):
        started = perf_counter()
        await _submit(platform, good)
        took.append(perf_counter() - started)
    return took


async def _submit_all(platform: Platform, goods: list[str], count: int, clients: int) -> list[str]:
    numbers = iter(range(count))
    runs: list[str] = []

    async def client() -> None:
        for number in numbers:
            runs.append(await _submit(platform, goods[number % len(goods)]))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(clients):
            tasks.create_task(client())
    return runs


async def _one_by_one(platform: Platform, goods: list[str], count: int) -> list[float]:
    runs = []
    for number in range(count):
        runs.append(await _submit(platform, goods[number % len(goods)]))
        await _completed(platform, runs[-1:])
    return await _delays(platform, runs)


async def _delays(platform: Platform, runs: list[str]) -> list[float]:
    """Seconds from the start of each ended run to its end, as stored."""
    stored = await platform.engine.runs.read_many(runs)
    return [(run.updated_at - run.created_at) / 1000 for run in stored.values()]


async def _completed(platform: Platform, runs: list[str]) -> None:
    """Wait for the runs' ends; a look costs one read of a few, those begun first, and is counted among theirs."""
    left = runs
    async with asyncio.timeout(120):
        while left:
            stored = await platform.engine.runs.read_many(left[:_LOOKED_AT])
            ended = {id for id, run in stored.items() if run.terminal}
            odd = [run for run in stored.values() if run.terminal and run.status is not RunStatus.COMPLETED]
            if odd:
                raise RuntimeError(f"run {odd[0].id} ended {odd[0].status}")
            left = [id for id in left if id not in ended]
            if left and len(ended) < _LOOKED_AT:
                await asyncio.sleep(_LOOK)
