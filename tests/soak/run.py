"""Clients change stocks under keys while the platform's processes are killed at named writes, one after the other."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.counting import Books, Change, Good
from tests.soak.platform import SoakPlatform
from tests.support.killable import PAUSE, Down, Scene, open_platform_of

DELIVERIES_OF_A_CHANGE = 3
"""To the stock floor before the write, to the market plugin and the recorder after it."""
GOODS = 8
CLIENTS = 6
START = 10
"""What `Scene` puts in stock."""
PATIENCE = 600.0
"""Seconds in which a client's call gets through, and in which all comes to rest."""
RARE = 10.0
"""Seconds in which a write of some name comes, or another point is chosen."""
ADJUST = """mutation ($good: ID!, $delta: Int!, $key: String!) {
    adjustStock(input: {goodId: $good, delta: $delta, idempotencyKey: $key}) {
        run { id } errors { code message } } }"""
ALIVE = "{ __typename businesses(first: 1) { edges { node { id } } } }"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Point:
    """Where a kill falls: at a write of this name, before it reaches the store or after it was applied."""

    victim: str
    write: str
    applied: bool


@dataclass
class Soak:
    """One run.

    Attributes:
        name: tells its keys from those of another run on the same platform.
        kills: how often each point was struck.
    """

    platform: SoakPlatform
    deliveries: int
    wanted_kills: int
    chance: random.Random
    say: Say
    name: str = "soak"
    goods: list[Good] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    kills: Counter[Point] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Books:
        """Make all deliveries and all kills; gives the books at rest."""
        self.platform.patience = PATIENCE
        scene = Scene(self.platform, self.name)
        await scene.begin()
        for _ in range(GOODS):
            pair = await scene.pair()
            await scene.connect(pair.good_id, "recorder")
            self.goods.append(Good(pair.good_id, pair.offer_id, START))
        await self._warm_up()
        todo = self._asked(-(-self.deliveries // DELIVERIES_OF_A_CHANGE))
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(self._kill())
            for _ in range(CLIENTS):
                group.create_task(self._client(todo, killing))
        self.say(f"{len(self.changes)} changes made, {self.kills.total()} kills; waiting for rest")
        books = Books(self.platform, self.goods, self.changes)
        await books.at_rest(PATIENCE)
        return books

    async def _warm_up(self) -> None:
        """Changes to learn the names of writes by, once what made the goods is over."""
        for good in self.goods[:2]:
            self.platform.tap.arm(None)
            await self._change(Change(good, 1, f"{self.name}/warm/{good.id}"))
            await Books(self.platform, self.goods, self.changes).at_rest(PATIENCE)
        self.names.update(self.platform.tap.seen)

    def _asked(self, count: int) -> list[Change]:
        deltas = [self.chance.randint(1, 9) for _ in range(count)]
        # What goes out has come in before, whatever order the clients' calls arrive in.
        return [Change(self.goods[place % GOODS], delta, f"{self.name}/{place}") for place, delta in enumerate(deltas)][
            ::-1
        ]

    async def _client(self, todo: list[Change], killing: asyncio.Task[None]) -> None:
        extra = 0
        while todo or not killing.done():
            if todo:
                change = todo.pop()
            else:  # kills are left: they need writes to fall at
                extra += 1
                change = Change(
                    self.chance.choice(self.goods), 1, f"{self.name}/extra/{id(asyncio.current_task())}/{extra}"
                )
            await self._change(change)

    async def _change(self, change: Change) -> None:
        while True:
            answer = await self.platform.insist(ADJUST, good=change.good.id, delta=change.delta, key=change.key)
            made = answer["adjustStock"]
            if not made["errors"]:
                self.changes.append(change.of_run(made["run"]["id"]))
                self.moved.set()
                return
            codes = {error["code"] for error in made["errors"]}
            assert codes <= {"CONFLICT", "UNAVAILABLE"}, made
            await asyncio.sleep(PAUSE)

    # ---- kills

    async def _kill(self) -> None:
        step = self.deliveries / DELIVERIES_OF_A_CHANGE / (self.wanted_kills + 1)
        for number in range(self.wanted_kills):
            while len(self.changes) < step * (number + 0.5):
                self.moved.clear()
                await self.moved.wait()
            while not await self._strike(self._next_point()):
                pass
            await self._alive()

    def _next_point(self) -> Point:
        """One of those that were struck least, of who was killed least."""
        killed = Counter(point.victim for point in self.kills.elements())
        victim = min(self.platform.victims(), key=lambda victim: killed[victim])
        points = [Point(victim, name, applied) for name in sorted(self.names) for applied in (False, True)]
        least = min(self.kills[point] for point in points)
        return self.chance.choice([point for point in points if self.kills[point] == least])

    async def _strike(self, point: Point) -> bool:
        """Kill at the next write of that name; False where none comes."""
        tap = self.platform.tap
        tap.arm(0, self.platform.victims()[point.victim], applied=point.applied, named=point.write)
        try:
            async with asyncio.timeout(RARE):
                await tap.struck.wait()
        except TimeoutError:
            self.say(f"no {point.write} came, none is waited for again")
            self.names.discard(point.write)
            return False
        finally:
            tap.arm(None)
        self.kills[point] += 1
        when = "after" if point.applied else "before"
        self.say(f"kill {self.kills.total()}: {point.victim} {when} {point.write}; {len(self.changes)} changes so far")
        return True

    async def _alive(self) -> None:
        """Wait until the platform answers again."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.platform.ask(ALIVE)
                    return
                except Down:
                    await asyncio.sleep(PAUSE)


@asynccontextmanager
async def open_soak(
    directory: Path, deliveries: int, kills: int, *, seed: int, say: Say, store: str | None = None
) -> AsyncIterator[Soak]:
    """A platform that is ready for it."""
    async with open_platform_of(SoakPlatform, directory, store) as platform:
        await platform.begin()
        yield Soak(platform, deliveries, kills, random.Random(seed), say)


def report(kills: Counter[Point], books: dict[str, Any]) -> list[str]:
    """What is told at the end: kills by point, and what was counted."""
    victims = sorted({point.victim for point in kills})
    rows: dict[str, Counter[str]] = {}
    for point, count in kills.items():
        rows.setdefault(f"{'after' if point.applied else 'before'} {point.write}", Counter())[point.victim] += count
    width = max((len(row) for row in rows), default=10)
    lines = [f"{'killed at':{width}}" + "".join(f"{victim:>9}" for victim in victims)]
    for row in sorted(rows, key=lambda text: text.split()[1:]):
        lines.append(f"{row:{width}}" + "".join(f"{rows[row][victim] or '':>9}" for victim in victims))
    lines.append(f"{'together':{width}}" + "".join(f"{sum(row[v] for row in rows.values()):>9}" for v in victims))
    return [*lines, *(f"{name}: {value}" for name, value in books.items())]
