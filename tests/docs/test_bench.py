"""`python -m bench` measures, with tiny numbers, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bench.gateway.peers import PEERS, missing

pytestmark = pytest.mark.stack

TINY = (
    *("--clean", "--rounds", "1", "--seconds", "0.1", "--connections", "2"),
    *("--mutations", "3", "--deliveries", "4", "--clients", "1", "--at-once", "2", "--stored", "10"),
    *("--subscribers", "4"),
    *("--subgraphs", "6", "--peer-seconds", "60"),
)


async def bench(temporary: Path, *arguments: str) -> tuple[int | None, str, str]:
    """Run it; gives exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *arguments),
        env={name: value for name, value in os.environ.items() if not name.startswith("IZARA_")}
        | {"TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(150):
        out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


def left_in(folder: Path) -> list[Path]:
    """What a folder has."""
    return list(folder.iterdir())


async def test_every_figure_has_its_floor(tmp_path: Path) -> None:
    code, out, errors = await bench(tmp_path, "--json", *TINY)
    assert code == 0, errors
    report = json.loads(out)
    rows = {row["name"]: row for row in report["gateway"]}
    peers = {f"{name}, {query}, 2" for name in PEERS for query in ("nested", "one fetch")} if not missing() else set()
    program = {"hand-written program", "hand-written program, 1"}
    assert rows.keys() == {*program, "nested, 2", "forwarder", "one fetch, 2", "nested, 1"} | peers
    assert all(run["rate"] > 0 and run["cpu"] >= 0 for row in rows.values() for run in row["runs"])
    assert all(row["beside"] in rows for row in rows.values() if row["beside"])
    platform = report["platform"]
    hook, (deliveries,), watched = platform["sync_hook"], platform["async_deliveries"], platform["subscribers"]
    assert all(hook[name]["p50"] > 0 for name in ("with_plugin", "without_plugin", "floor"))
    for measured in (hook, deliveries):
        assert measured["operations"]["by_collection"]["insert flows_deliveries"] == pytest.approx(1)
        assert measured["operations"]["documents"]["insert"] == pytest.approx(2), "a run and a delivery"
    assert hook["plain"]["commands"]["insert"] == pytest.approx(1), "the run"
    assert hook["plain"]["documents"]["update"] == pytest.approx(1), "the good"
    assert watched["connected"] == 4 and 0 < watched["p50"] <= watched["p99"] <= watched["last"]
    assert hook["loaded"]["p50"] > 0 and hook["loaded_floor"]["p50"] > 0
    assert [(one["stored"], one["milliseconds"] > 0) for one in platform["growth"]] == [(10, True)]
    assert deliveries["rate"] > 0
    assert deliveries["floor_rate"] > 0 and deliveries["apart_rate"] > 0
    composition = report["composition"]
    cold = {(one["composer"], one["input"], one["subgraphs"]) for one in composition["cold"] if one["cpu"] > 0}
    assert cold >= {("izara", name, count) for name in ("realistic", "adversary") for count in (3, 6)}
    assert composition["note"] or cold >= {(peer, "realistic", 6) for peer in ("apollo", "guild")}
    assert [again["edit"] for again in composition["again"]] == [
        "description",
        "added field",
        "added type",
        "changed key",
    ]
    assert all(again["same"] for again in composition["again"])
    assert left_in(tmp_path) == []


async def test_wrong_use_is_told() -> None:
    code, _, errors = await bench(Path.cwd(), "--seconds", "long")
    assert code == 2
    assert "--seconds" in errors
