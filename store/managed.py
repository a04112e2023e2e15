"""A server process that this one owns: started, awaited, started again when it dies, stopped."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from store.errors import StoreError, StoreErrorCode

logger = logging.getLogger("izara.store")

Child = asyncio.subprocess.Process

_READY_DEADLINE = 15.0
_FIRST_BACKOFF, _LAST_BACKOFF = 0.05, 5.0
_STEADY = 10.0  # a child that lived this long starts the back-off anew
_LOG_LIMIT = 4_000_000


@dataclass(frozen=True)
class ServerCommand:
    """How to run a server.

    The process gets a pipe as stdin whose end-of-file means that this process is gone, however it went,
    and a session of its own: a terminal's Ctrl-C is for us, who stop the server last.

    Attributes:
        ready: returns when the process serves or has ended; raises StoreError when it never will serve.
        log_path: where its stderr goes.
        pid_path: kept while it runs, for people and tests.
        pass_fds: descriptors that it inherits.
        stop_deadline: seconds it has after SIGTERM before SIGKILL.
    """

    name: str
    arguments: Sequence[str]
    ready: Callable[[Child], Awaitable[None]]
    log_path: Path
    pid_path: Path
    pass_fds: tuple[int, ...]
    stop_deadline: float = 5.0


class ManagedServer:
    """One server over the lives of its processes."""

    def __init__(self, command: ServerCommand) -> None:
        self._command = command
        self._child: Child | None = None

    async def start(self) -> None:
        """Start the process and return when it serves.

        Raises:
            StoreError: SERVER_FAILED with the last line of its log.
        """
        command = self._command
        try:
            _rotate(command.log_path)
            with command.log_path.open("ab") as log:
                child = await asyncio.create_subprocess_exec(
                    *command.arguments,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    pass_fds=command.pass_fds,
                    start_new_session=True,
                )
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from error
        self._child = child
        try:
            await self._await_ready(child)
            command.pid_path.write_text(f"{child.pid}\n")
        except BaseException:
            await self._end(child)
            raise

    async def supervise(self) -> None:
        """Start the process again, with back-off, whenever it ends; runs until cancelled."""
        loop = asyncio.get_running_loop()
        backoff = _FIRST_BACKOFF
        while True:
            started = loop.time()
            if self._child is not None:
                code = await self._child.wait()
                logger.warning("the %s ended (%s); starting it again", self._command.name, code)
            if loop.time() - started > _STEADY:
                backoff = _FIRST_BACKOFF
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _LAST_BACKOFF)
            try:
                await self.start()
            except StoreError as error:
                logger.error("%s", error)

    async def stop(self) -> None:
        """End the process: SIGTERM first, SIGKILL when it does not listen."""
        if self._child is not None:
            await self._end(self._child)
        self._command.pid_path.unlink(missing_ok=True)

    async def _await_ready(self, child: Child) -> None:
        """Wait for readiness, the process's end or the deadline, whichever is first."""
        ready = asyncio.ensure_future(self._command.ready(child))
        ended = asyncio.ensure_future(child.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=_READY_DEADLINE, return_when=asyncio.FIRST_COMPLETED)
            if child.returncode is not None:
                raise self._failed(_last_line(self._command.log_path))
            if ready.done():
                ready.result()
            else:
                raise self._failed(f"not ready after {_READY_DEADLINE:.0f} s")
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def _end(self, child: Child) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(self._command.stop_deadline):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    def _failed(self, why: str) -> StoreError:
        return StoreError(
            StoreErrorCode.SERVER_FAILED,
            f"The {self._command.name} did not start: {why} (log: {self._command.log_path})",
        )


@asynccontextmanager
async def running(command: ServerCommand) -> AsyncIterator[None]:
    """Run a server for as long as the context.

    Raises:
        StoreError: SERVER_FAILED where it does not start.
    """
    server = ManagedServer(command)
    try:
        await server.start()
        supervisor = asyncio.create_task(server.supervise(), name=f"{command.name} supervisor")
        try:
            yield
        finally:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)
    finally:
        await asyncio.shield(server.stop())


def _rotate(log_path: Path) -> None:
    """Keep one older log, so that a long life of the directory does not fill the disk."""
    if log_path.exists() and log_path.stat().st_size > _LOG_LIMIT:
        log_path.replace(log_path.with_suffix(".log.1"))


def _last_line(log_path: Path) -> str:
    lines = log_path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
