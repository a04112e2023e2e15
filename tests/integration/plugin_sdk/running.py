"""A worker running against a scripted platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from plugin_sdk import Plugin
from plugin_sdk._tuning import Tuning
from plugin_sdk.config import PluginSettings
from plugin_sdk.worker import work
from tests.support.scripted.platform import CLIENT_ID, CLIENT_SECRET, ScriptedPlatform

QUICK = Tuning(grace=5, ack_within=5, silent_after=5, patience=5, backoff_base=0.01, backoff_cap=0.05)


@dataclass(frozen=True)
class Running:
    """A worker's handles: how it is stopped, and its end."""

    stop: asyncio.Event
    hurry: asyncio.Event
    task: asyncio.Task[None]

    async def ended(self) -> None:
        """Stop it, and wait until it has drained; raises what it raises."""
        self.stop.set()
        await asyncio.wait_for(self.task, 10)


def settings_for(platform: ScriptedPlatform, secret: str = CLIENT_SECRET) -> PluginSettings:
    """Settings that reach the platform."""
    return PluginSettings(url=platform.url, client_id=CLIENT_ID, client_secret=SecretStr(secret))


@asynccontextmanager
async def running(plugin: Plugin, platform: ScriptedPlatform, tuning: Tuning = QUICK) -> AsyncIterator[Running]:
    """Run a plugin's worker; stopped and drained in the end, if the test has not done so."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(work(plugin, settings_for(platform), stop, hurry=hurry, tuning=tuning))
    worker = Running(stop, hurry, task)
    try:
        yield worker
    finally:
        hurry.set()
        if not task.done():
            await worker.ended()
