"""One server per data directory: an advisory lock with the holder's pid and start time in it."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from store.errors import StoreError, StoreErrorCode

_ORPHAN_GRACE = 5.0  # seconds a server may need to notice that its parent was killed
_RETRY = 0.05


@asynccontextmanager
async def data_dir_lock(data_dir: Path) -> AsyncIterator[int]:
    """Hold the lock of `data_dir` and yield its file descriptor.

    The descriptor is passed on to the server, so that the directory stays locked until the server is
    gone too: after a SIGKILL of the holder the next one waits the moment that takes.

    Raises:
        StoreError: DATA_DIR_UNUSABLE or DATA_DIR_LOCKED.
    """
    try:
        await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True)
        fd = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            StoreErrorCode.DATA_DIR_UNUSABLE,
            f"The data directory {data_dir} cannot be written: {error.strerror}. Choose another (IZARA_DATA_DIR).",
        ) from error
    try:
        await _acquire(fd, data_dir)
        os.ftruncate(fd, 0)
        holder = {"pid": os.getpid(), "started": datetime.now(UTC).isoformat(timespec="seconds")}
        os.pwrite(fd, json.dumps(holder).encode(), 0)
        yield fd
    finally:
        os.close(fd)


async def _acquire(fd: int, data_dir: Path) -> None:
    """Lock `fd`; wait a little where its holder is dead and only its server lingers."""
    deadline = asyncio.get_running_loop().time() + _ORPHAN_GRACE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pid, started = _holder(fd)
            alive = pid is not None and _alive(pid)
            if alive or asyncio.get_running_loop().time() > deadline:
                raise StoreError(
                    StoreErrorCode.DATA_DIR_LOCKED,
                    f"The data directory {data_dir} is in use by process {pid} (since {started}). "
                    "Stop it first, or choose another directory (IZARA_DATA_DIR).",
                ) from None
        await asyncio.sleep(_RETRY)


def _holder(fd: int) -> tuple[int | None, str]:
    """Who wrote the lock file last; unknown while a holder is just writing it."""
    try:
        holder = json.loads(os.pread(fd, 4096, 0))
        return int(holder["pid"]), str(holder["started"])
    except (ValueError, KeyError, TypeError):
        return None, "unknown"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
