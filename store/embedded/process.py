"""The parent's side of the embedded server: start, await, restart, stop."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from store.errors import StoreError, StoreErrorCode

logger = logging.getLogger("izara.store")

_READY_DEADLINE = 15.0
_STOP_DEADLINE = 5.0
_FIRST_BACKOFF, _LAST_BACKOFF = 0.05, 5.0
_STEADY = 10.0  # a child that lived this long starts the back-off anew
_LOG_LIMIT = 4_000_000
_BACKLOG = 1024


class EmbeddedServer:
    """A supervised child on a port of its own; `pid` is the current child's, for tests and messages."""

    def __init__(self, data_dir: Path, listener: socket.socket, lock_fd: int) -> None:
        self._data_dir = data_dir
        self._listener = listener
        self._lock_fd = lock_fd
        self._child: asyncio.subprocess.Process | None = None
        self._stopping = False
        self.restarts = 0

    @property
    def uri(self) -> str:
        """Where clients connect; stays the same over restarts."""
        return f"mongodb://127.0.0.1:{self._listener.getsockname()[1]}/?directConnection=true"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Start the child and return when it serves.

        Raises:
            StoreError: SERVER_FAILED with the last line of its log.
        """
        log_path = self._data_dir / "store.log"
        _rotate(log_path)
        with log_path.open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "store.embedded.child",
                str(self._data_dir / "store.db"),
                "--listen",
                str(self._listener.fileno()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                pass_fds=(self._listener.fileno(), self._lock_fd),
                start_new_session=True,  # a terminal's Ctrl-C is for the parent, which stops the child last
            )
        self._child = child
        try:
            async with asyncio.timeout(_READY_DEADLINE):
                line = await child.stdout.readline() if child.stdout else b""
        except TimeoutError:
            line = b""
        if line != b"ready\n":
            await self._end(child)
            raise StoreError(
                StoreErrorCode.SERVER_FAILED,
                f"The embedded store server did not start: {_last_line(log_path)} (log: {log_path})",
            )
        (self._data_dir / "store.pid").write_text(f"{child.pid}\n")

    async def supervise(self) -> None:
        """Start the child again, with back-off, whenever it ends; runs until cancelled."""
        loop = asyncio.get_running_loop()
        backoff = _FIRST_BACKOFF
        while True:
            started = loop.time()
            if self._child is not None:
                code = await self._child.wait()
                logger.warning("the embedded store server ended (%s); starting it again", code)
            if loop.time() - started > _STEADY:
                backoff = _FIRST_BACKOFF
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _LAST_BACKOFF)
            try:
                await self.start()
                self.restarts += 1
            except (StoreError, OSError) as error:
                logger.error("%s", error)

    async def stop(self) -> None:
        """End the child: SIGTERM first, SIGKILL when it does not listen."""
        if self._child is not None:
            await self._end(self._child)
        with contextlib.suppress(FileNotFoundError):
            (self._data_dir / "store.pid").unlink()

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(_STOP_DEADLINE):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if child.stdin is not None:
            child.stdin.close()


@asynccontextmanager
async def run_embedded(data_dir: Path, lock_fd: int) -> AsyncIterator[EmbeddedServer]:
    """Run the embedded server on `data_dir`, whose lock the caller holds."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(_BACKLOG)
        server = EmbeddedServer(data_dir, listener, lock_fd)
        try:
            await server.start()
            supervisor = asyncio.create_task(server.supervise(), name="embedded store supervisor")
            try:
                yield server
            finally:
                supervisor.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await supervisor
        finally:
            await asyncio.shield(server.stop())


def _rotate(log_path: Path) -> None:
    """Keep one older log, so that a long life of the directory does not fill the disk."""
    if log_path.exists() and log_path.stat().st_size > _LOG_LIMIT:
        os.replace(log_path, log_path.with_suffix(".log.1"))


def _last_line(log_path: Path) -> str:
    lines = log_path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
