"""Real processes for tests: `izara …` commands and plugins, watched by what they print."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from plugin_sdk import Plugin
from tests.support.gql import Caller
from tests.support.processes import wait_gone

START = 120.0
"""Seconds in which a process is ready, on a machine that has other work too."""
STOP = 60.0
"""Seconds in which a process that was asked to stop is gone."""


@dataclass
class Program:
    """A process and the lines it printed, on standard output and standard error alike."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    silent: bool = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def output(self) -> str:
        """Everything it printed so far."""
        return "\n".join(self.lines)

    async def read(self) -> None:
        """Collect its lines until it prints no more."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            await self._tell(line.decode(errors="replace").rstrip("\n"))
        self.silent = True
        await self._tell(None)

    async def _tell(self, line: str | None) -> None:
        async with self.changed:
            if line is not None:
                self.lines.append(line)
            self.changed.notify_all()

    async def says(self, pattern: str, seconds: float = START, *, times: int = 1) -> re.Match[str]:
        """Wait for the first line (or that of another number) in which the pattern is found."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: self.silent or len(self._found(pattern)) >= times)
        found = self._found(pattern)
        assert len(found) >= times, f"it ended without saying {pattern!r}:\n{self.output}"
        return found[times - 1]

    def _found(self, pattern: str) -> list[re.Match[str]]:
        return [match for line in self.lines if (match := re.search(pattern, line))]

    async def ends(self, seconds: float = STOP) -> int:
        """Wait for its end; gives the exit code."""
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            async with self.changed:
                await self.changed.wait_for(lambda: self.silent)
        return code

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; gives the exit code."""
        self.process.send_signal(number)
        return await self.ends()


@asynccontextmanager
async def program(*arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """Run `python` with these arguments; it and all it started are gone in the end.

    Args:
        environment: `IZARA_…` and other variables beside what this process has, whose own `IZARA_…` are left out.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=clean_environment() | dict(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Program(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        started = descendants(running.pid) if process.returncode is None else {}
        if process.returncode is None:
            with contextlib.suppress(TimeoutError, ProcessLookupError):
                await running.stop()
        for pid in (running.pid, *started) if process.returncode is None else started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await process.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def clean_environment() -> dict[str, str]:
    """This process's environment without Izara's settings, and with unbuffered output for children."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("IZARA_")}
    return own | {"PYTHONUNBUFFERED": "1"}


def izara(*arguments: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Program]:
    """Run an `izara` command with settings such as `IZARA_ISSUER`."""
    return program("-m", "izara", *arguments, environment=settings)


async def said(*arguments: str, **settings: str) -> tuple[int, str]:
    """The exit code of a command and what it printed."""
    async with izara(*arguments, **settings) as command:
        code = await command.ends(90)
        assert "Traceback" not in command.output
        return code, command.output


@dataclass
class Stack:
    """A running `izara up`.

    Attributes:
        base: its address, without a path.
    """

    program: Program
    base: str
    data_dir: Path

    @property
    def url(self) -> str:
        """The gateway's endpoint."""
        return f"{self.base}/graphql"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base.rpartition(":")[2])

    def plugin_pid(self, tag: str) -> int:
        """The process of a first-party plugin that runs now."""
        (pid,) = (
            pid for pid, command in descendants(self.program.pid).items() if re.search(rf"\bplugins\.{tag}$", command)
        )
        return pid


@asynccontextmanager
async def running_stack(data_dir: Path, *options: str, **settings: str) -> AsyncIterator[Stack]:
    """`izara up` on a free port, ready."""
    async with izara("up", "--port", "0", "--data-dir", str(data_dir), *options, **settings) as up:
        ready = await up.says(r"^ready +(http://\S+)/graphql$")
        yield Stack(up, ready[1], data_dir)


@dataclass(frozen=True)
class Registered:
    """A plugin that an admin registered, with what its process needs to sign in."""

    tag: str
    module: str
    settings: Mapping[str, str]
    arguments: tuple[str, ...] = ()

    @asynccontextmanager
    async def at_work(self, **environment: str) -> AsyncIterator[Program]:
        """Its process, subscribed to its hooks."""
        given = {**self.settings, **environment}
        async with program("-m", self.module, *self.arguments, environment=given) as running:
            await running.says("subscribed to")
            yield running


async def register(stack: Stack, admin: Caller, plugin: Plugin, module: str, *arguments: str) -> Registered:
    """Register a plugin through GraphQL, as an admin does.

    Args:
        module: what its process runs, with these arguments.
    """
    payload = await admin.mutate("registerPlugin", "clientId clientSecret", manifest=plugin.manifest())
    settings = {
        "IZARA_URL": stack.url,
        "IZARA_CLIENT_ID": payload["clientId"],
        "IZARA_CLIENT_SECRET": payload["clientSecret"],
    }
    return Registered(plugin.tag, module, settings, arguments)


def descendants(pid: int) -> dict[int, str]:
    """The living processes that a process started, and those that they started, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    found: list[int] = []
    ancestors = [pid]
    while ancestors:
        ancestors = [child for child, parent in parents.items() if parent in ancestors]
        found += ancestors
    return {child: _command(child) for child in found}


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return ""


async def all_gone(pids: Mapping[int, str], seconds: float) -> None:
    """Wait until none of these processes is there; says which stayed, and ends them."""
    stayed: dict[int, str] = {}
    for pid, command in pids.items():
        try:
            await wait_gone(pid, seconds)
        except TimeoutError:
            stayed[pid] = command
            os.kill(pid, signal.SIGKILL)
    assert stayed == {}
