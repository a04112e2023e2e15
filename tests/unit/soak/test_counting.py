"""The books of the soak find what is lost, done twice, or out of order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.soak.counting import Books, Change, Good
from tests.soak.platform import CHANGED

GOOD = Good("g", "o", 10)
Lines = list[dict[str, Any]]


def change(place: int) -> Change:
    """The change at that place, of its number."""
    return Change(GOOD, place, f"key{place}", f"run{place}")


def a_line(seq: int, before: int, delta: int, delivery: str = "") -> dict[str, Any]:
    """What the recorder writes down."""
    payload = {"goodId": "g", "before": before, "after": before + delta, "delta": delta}
    return {"deliveryId": delivery or f"d{seq}", "seq": seq, "payload": payload}


class Answers:
    """A platform that is as it should be after changes of 1, 2 and 3, but for what a test alters."""

    def __init__(self, folder: Path) -> None:
        self.record = folder / "recorded.jsonl"
        self.lines = [a_line(1, 10, 1), a_line(2, 11, 2), a_line(3, 13, 3)]
        self.stock = self.available = 16
        self.runs = ["COMPLETED"] * 3
        self.deliveries: Lines = [
            {"id": f"{tag}{seq}", "hookId": CHANGED, "plugin": {"tag": tag}, "status": "COMPLETED", "attempt": 1}
            for tag in ("market", "recorder")
            for seq in (1, 2, 3)
        ]

    async def insist(self, query: str, user: str = "ada", **variables: Any) -> dict[str, Any]:
        """What is asked by the books."""
        if "commerceRun(" in query:
            return {f"r{place}": {"status": status} for place, status in enumerate(self.runs)}
        if "sellOffer" in query:
            return {"good": {"stock": self.stock}, "sellOffer": {"available": self.available}}
        info = {"hasNextPage": False, "endCursor": None}
        return {"deliveries": {"pageInfo": info, "edges": [{"node": item} for item in self.deliveries]}}


async def wrong(answers: Answers) -> list[str]:
    """What the books find."""
    answers.record.write_text("".join(json.dumps(line) + "\n" for line in answers.lines))
    platform: Any = answers
    books = Books(platform, [GOOD], [change(place) for place in (1, 2, 3)])
    await books.count()
    return books.wrong


async def test_books_that_are_right(tmp_path: Path) -> None:
    """A delivery that is handled again does the same under its key."""
    answers = Answers(tmp_path)
    answers.lines.append(answers.lines[1])
    assert await wrong(answers) == []


ALTERED: dict[str, Callable[[Answers], Any]] = {
    "a change is lost": lambda it: setattr(it, "stock", 15),
    "a change is doubled": lambda it: setattr(it, "stock", 19),
    "an offer did not follow": lambda it: setattr(it, "available", 13),
    "a run ended otherwise": lambda it: it.runs.__setitem__(1, "REJECTED"),
    "a delivery is missing": lambda it: it.deliveries.pop(),
    "a delivery too many": lambda it: it.deliveries.append(it.deliveries[0] | {"id": "more"}),
    "a delivery is dead": lambda it: it.deliveries.append(it.deliveries[0] | {"id": "x", "status": "DEAD"}),
    "an effect outside is missing": lambda it: it.lines.pop(1),
    "an effect outside under two keys": lambda it: it.lines.append(a_line(3, 13, 3, "other")),
    "effects outside out of order": lambda it: it.lines.reverse(),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
async def test_books_find(alter: Callable[[Answers], Any], tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    alter(answers)
    assert await wrong(answers) != []
