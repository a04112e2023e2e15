"""A plugin as a process: exit codes, signals, what it says."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.plugin_sdk.running import settings_for
from tests.support.plugins.recorder import recorded
from tests.support.scripted import ScriptedPlatform

STOCK = "commerce_adjustStock_commit_stockChanged"


def environment(**settings: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("IZARA_")}
    return {**own, **settings}


def connected_to(platform: ScriptedPlatform) -> dict[str, str]:
    settings = settings_for(platform)
    return {
        "IZARA_URL": settings.url,
        "IZARA_CLIENT_ID": settings.client_id,
        "IZARA_CLIENT_SECRET": settings.client_secret.get_secret_value(),
    }


@asynccontextmanager
async def process(module: str, env: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env=env, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


@pytest.mark.parametrize("module", ["plugins.market", "plugins.commerce"])
async def test_without_settings_it_says_so_in_one_line(module: str) -> None:
    async with process(module, environment()) as running:
        _, said = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 1
    (line,) = said.decode().splitlines()
    assert "IZARA_URL, IZARA_CLIENT_ID, IZARA_CLIENT_SECRET not set" in line


async def test_refused_credentials_are_said_in_one_line(platform: ScriptedPlatform) -> None:
    env = environment(**{**connected_to(platform), "IZARA_CLIENT_SECRET": "wrong"})
    async with process("plugins.market", env) as running:
        _, said = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 1
    assert "invalid_client" in said.decode().splitlines()[-1]
    assert "Traceback" not in said.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_it(platform: ScriptedPlatform, tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "recorded.jsonl"
    env = environment(RECORDER_FILE=str(path), **connected_to(platform))
    async with process("tests.support.plugins.recorder", env) as running:
        subscription = await platform.subscribed()
        await subscription.deliver("d1", {"goodId": "g1", "before": 3, "after": 1, "delta": -2})
        assert (await platform.reply()).kind == "complete"
        running.send_signal(number)
        _, said = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode == 0, said.decode()
    assert subscription.left.is_set()
    assert [line["payload"]["after"] for line in recorded(path)] == [1]
    assert f"commerce hooks: subscribed to {STOCK}" in said.decode()
    assert "Traceback" not in said.decode()
