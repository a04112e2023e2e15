"""First-party plugins as separate processes: started with credentials of their own, restarted when they die."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from izara.parts import FIRST_PARTY, load_plugin
from izara.settings import environment_of_others
from registrar.seeding import seed_plugin
from store import Store

log = logging.getLogger(__name__)

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0
GRACE = 8.0


def plugin_secrets(data_dir: Path, tags: Sequence[str]) -> dict[str, str]:
    """The client secrets of these plugins, made once and kept in the data directory for its owner's eyes only."""
    file = data_dir / "plugin-secrets.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [tag for tag in tags if tag not in known]
    if missing:
        known |= {tag: secrets.token_urlsafe(32) for tag in missing}
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump(known, out, indent=2)
    return {tag: known[tag] for tag in tags}


async def register_plugins(store: Store, data_dir: Path, tags: Sequence[str] = FIRST_PARTY) -> dict[str, str]:
    """Register the plugins under their manifests; returns the secret of each."""
    given = plugin_secrets(data_dir, tags)
    for tag, secret in given.items():
        await seed_plugin(store, load_plugin(tag).manifest(), secret)
    return given


@asynccontextmanager
async def plugin_processes(url: str, given: Mapping[str, str]) -> AsyncIterator[None]:
    """One process for each plugin, with the gateway's address and its credentials; all are ended at the end."""
    async with asyncio.TaskGroup() as keepers:
        tasks = [keepers.create_task(keep_running(tag, url, secret)) for tag, secret in given.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def keep_running(tag: str, url: str, secret: str) -> None:
    """Run the plugin until cancelled; start it again, after a growing delay, whenever it ends.

    It holds on to its stdin: were this process killed, the plugin would end too.
    """
    own = {"IZARA_URL": url, "IZARA_CLIENT_ID": tag, "IZARA_CLIENT_SECRET": secret}
    environment = {**environment_of_others(), **own}
    delay = FIRST_DELAY
    while True:
        started = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "izara.tethered", f"plugins.{tag}"),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            code = await process.wait()
        finally:
            await end(process)
        delay = FIRST_DELAY if asyncio.get_running_loop().time() - started > 30 else min(delay * 2, LONGEST_DELAY)
        log.warning("plugin %s ended with %s; starting it again in %.1f s", tag, code, delay)
        await asyncio.sleep(delay)


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask the process to finish what it has in hand, and end it where it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
