"""Processes that tests start, kill and watch go."""

import asyncio
import os
from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether the process lives; one that ended and was not collected yet does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


async def wait_gone(pid: int, seconds: float = 10) -> None:
    """Return when the process is gone.

    Raises:
        TimeoutError: it is still there.
    """
    async with asyncio.timeout(seconds):
        while is_running(pid):  # noqa: ASYNC110 - nothing tells of a process that is not our child
            await asyncio.sleep(0.01)
