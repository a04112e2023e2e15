"""The parent's side of the embedded server."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from store.managed import Child, ServerCommand, running

_BACKLOG = 1024


@asynccontextmanager
async def run_embedded(data_dir: Path, lock_fd: int) -> AsyncIterator[str]:
    """Run the embedded server on `data_dir`, whose lock the caller holds, and yield its URI.

    This process owns the listening socket and hands it to each child: the port stays the same over
    restarts, and clients that connect meanwhile wait in its backlog instead of being refused.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(_BACKLOG)
        command = ServerCommand(
            name="embedded store server",
            arguments=(
                sys.executable,
                "-m",
                "store.embedded.child",
                str(data_dir / "store.db"),
                "--listen",
                str(listener.fileno()),
            ),
            ready=_says_ready,
            log_path=data_dir / "store.log",
            pid_path=data_dir / "store.pid",
            pass_fds=(listener.fileno(), lock_fd),
        )
        async with running(command):
            yield f"mongodb://127.0.0.1:{listener.getsockname()[1]}/?directConnection=true"


async def _says_ready(child: Child) -> None:
    """Return when the child has written its one line, or has ended without."""
    if child.stdout is None or await child.stdout.readline() != b"ready\n":
        await child.wait()
