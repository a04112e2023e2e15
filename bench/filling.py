"""Finished deliveries and runs in any number, so that it shows what new ones cost beside them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.platform import Platform
from flows.records import DELIVERIES, RUNS
from store import Store

_COPIES = 500
_ROWS = 5_000
"""In one transaction: the server waits for its end when it writes itself."""


async def store_finished(platform: Platform, begin: int, end: int) -> None:
    """Copies of a delivery and of its run, finished some time ago, with these numbers.

    Into the embedded server's file they are written beside it, which takes a sixth of the time.
    """
    for name in (DELIVERIES, RUNS):
        pattern = await platform.store.collection(name).find_one({"service": "commerce", "status": "COMPLETED"})
        assert pattern is not None, f"one in {name} is completed by now"
        if platform.store.capabilities.embedded:
            await asyncio.to_thread(_fill_file, platform.data_dir / "store.db", name, pattern, range(begin, end))
        else:
            await _insert(platform.store, name, pattern, range(begin, end))


async def _insert(store: Store, name: str, pattern: dict[str, Any], numbers: range) -> None:
    for place in range(0, len(numbers), _COPIES):
        copies = [_copy(pattern, number) for number in numbers[place : place + _COPIES]]
        await store.collection(name).insert_many(copies)


def _fill_file(path: Path, name: str, pattern: dict[str, Any], numbers: range) -> None:
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for place in range(0, len(numbers), _ROWS):
            copies = [_copy(pattern, number) for number in numbers[place : place + _ROWS]]
            rows = [(copy["_id"], json.dumps(copy)) for copy in copies]
            file.execute("BEGIN IMMEDIATE")
            file.executemany(f'INSERT INTO "{name}" (_id, data) VALUES (?, ?)', rows)
            file.execute("COMMIT")


def _copy(pattern: dict[str, Any], number: int) -> dict[str, Any]:
    """One that was made some milliseconds before every other."""
    return {**pattern, "_id": f"copy{number}", "created_at": pattern["created_at"] - 1 - number, "settle_at": None}
