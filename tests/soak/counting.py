"""The books: what was asked for against what is stored, was delivered, and was done outside."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.soak.platform import CHANGED, SoakPlatform
from tests.support.killable import PAUSE
from tests.support.plugins.recorder import recorded

AT_ONCE = 50
OPEN = ("PENDING", "LEASED")
UNFINISHED = ("RUNNING", "AWAITING")
TERMINAL = ("COMPLETED", "TIMED_OUT", "FAILED", "CANCELLED")
LEFT = """query { pending: deliveries(filter: {status: PENDING}, first: 1) { edges { node { id } } }
    leased: deliveries(filter: {status: LEASED}, first: 1) { edges { node { id } } }
    running: runs(filter: {status: RUNNING}, first: 1) { edges { node { id } } }
    awaiting: runs(filter: {status: AWAITING}, first: 1) { edges { node { id } } } }"""
DELIVERIES = """query ($ref: String!, $after: String) {
    deliveries(filter: {objectRef: $ref}, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id hookId plugin { tag } status attempt } } } }"""
STOCK = "query ($good: ID!, $offer: ID!) { good(id: $good) { stock } sellOffer(id: $offer) { available } }"


@dataclass(frozen=True)
class Good:
    """A good, its offer, and what was in stock at first."""

    id: str
    offer: str
    start: int

    @property
    def ref(self) -> str:
        """Its object reference."""
        return f"commerce:Good:{self.id}"


@dataclass(frozen=True)
class Change:
    """A change of a stock, asked for under a key."""

    good: Good
    delta: int
    key: str
    run: str = ""

    def of_run(self, run: str) -> Change:
        """The same, with the run that it became."""
        return replace(self, run=run)


@dataclass
class Books:
    """What is counted once all is at rest.

    Attributes:
        wrong: what is lost, or there twice, in words.
    """

    platform: SoakPlatform
    goods: Sequence[Good]
    changes: Sequence[Change]
    wrong: list[str] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    async def at_rest(self, seconds: float) -> None:
        """Wait until no run and no delivery is unfinished."""
        async with asyncio.timeout(seconds):
            while True:
                left = await self.platform.insist(LEFT, user="admin")
                if not any(part["edges"] for part in left.values()):
                    return
                await asyncio.sleep(PAUSE)

    async def count(self) -> dict[str, Any]:
        """Look at everything; `wrong` has what should not be."""
        await self._runs()
        lines = recorded(self.platform.record)
        for good in self.goods:
            await self._good(good, [line for line in lines if line["payload"]["goodId"] == good.id])
        handled = Counter(line["deliveryId"] for line in lines)
        return {
            "changes": len(self.changes),
            "deliveries": self.statuses.total(),
            "by status": dict(self.statuses),
            "attempts beyond the first": sum(self.attempts.values()),
            "handled by the recorder": f"{len(handled)} deliveries, {handled.total()} times",
            "lost or done twice": len(self.wrong),
        }

    async def _runs(self) -> None:
        """One run for each key, and each of them completed."""
        ids = [change.run for change in self.changes]
        self._expect("runs", len(set(ids)), len(self.changes))
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            asked = " ".join(f'r{place}: commerceRun(id: "{id}") {{ status }}' for place, id in enumerate(some))
            found = await self.platform.insist(f"{{ {asked} }}", user="admin")
            for id, run in zip(some, found.values(), strict=True):
                self._expect(f"run {id}", run and run["status"], "COMPLETED")

    async def _good(self, good: Good, lines: Sequence[dict[str, Any]]) -> None:
        asked = [change.delta for change in self.changes if change.good == good]
        expected = good.start + sum(asked)
        state = await self.platform.insist(STOCK, good=good.id, offer=good.offer)
        self._expect(f"stock of {good.id}", state["good"]["stock"], expected)
        self._expect(f"offer of {good.id}", state["sellOffer"]["available"], expected)
        await self._deliveries(good, len(asked))
        self._outside(good, asked, lines)

    async def _deliveries(self, good: Good, changes: int) -> None:
        """Each change was completed once for each plugin that follows it; all are at their end."""
        completed: Counter[str] = Counter()
        for item in await self._all_deliveries(good):
            self.statuses[item["status"]] += 1
            self.attempts[item["id"]] += max(0, item["attempt"] - 1)
            if item["status"] not in TERMINAL:
                self.wrong.append(f"delivery {item['id']} is {item['status']}")
            if item["hookId"] == CHANGED and item["status"] == "COMPLETED":
                completed[item["plugin"]["tag"]] += 1
        self._expect(f"deliveries of {good.id}", completed, Counter(market=changes, recorder=changes))

    async def _all_deliveries(self, good: Good) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = (await self.platform.insist(DELIVERIES, user="admin", ref=good.ref, after=after))["deliveries"]
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def _outside(self, good: Good, asked: Sequence[int], lines: Sequence[dict[str, Any]]) -> None:
        """What the recorder did by the keys of deliveries: each change once, in order, without a gap."""
        effects: dict[str, dict[str, Any]] = {}
        of_seq: defaultdict[int, set[str]] = defaultdict(set)
        for line in lines:
            effects.setdefault(line["deliveryId"], line)
            of_seq[line["seq"]].add(line["deliveryId"])
        first = list(effects.values())
        self._expect(f"effects of {good.id}", sorted(line["payload"]["delta"] for line in first), sorted(asked))
        if any(len(ids) > 1 for ids in of_seq.values()):
            self.wrong.append(f"a version of {good.id} reached the recorder as two deliveries")
        if [line["seq"] for line in first] != sorted(line["seq"] for line in first):
            self.wrong.append(f"changes of {good.id} came out of order")
        after = good.start
        for line in first:
            if line["payload"]["before"] != after:
                self.wrong.append(f"{good.id}: a change begins at {line['payload']['before']}, not at {after}")
            after = line["payload"]["after"]

    def _expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.wrong.append(f"{what}: {found}, expected {expected}")
