"""Keeps another program from outliving us: `python -m store.guard PROGRAM ARGUMENT …`.

The parent holds the other end of stdin. At its end-of-file, or on SIGTERM, the program is asked to stop
(SIGTERM); when the program ends, so does the guard, with its exit status.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence


async def guard(arguments: Sequence[str]) -> int:
    """Run the program until it ends or the parent does; its exit status."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    class Parent(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            stop.set()

    await loop.connect_read_pipe(Parent, sys.stdin)
    program = await asyncio.create_subprocess_exec(*arguments, stdin=asyncio.subprocess.DEVNULL)
    stopping = asyncio.create_task(stop.wait())
    ended = asyncio.create_task(program.wait())
    await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        program.terminate()
    stopping.cancel()
    return await ended


def main() -> None:
    """Entry point of the process."""
    sys.exit(asyncio.run(guard(sys.argv[1:])))


if __name__ == "__main__":
    main()
