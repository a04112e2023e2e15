"""The embedded server's own process: `python -m store.embedded.child FILE --listen FD`.

The parent hands down a listening socket (so the port outlives this process), holds the other end of
stdin (its end-of-file means the parent is gone, however it went) and reads one line, `ready`, from stdout.
"""

import argparse
import asyncio
import contextlib
import itertools
import logging
import secrets
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

from nx_27017 import changestream
from nx_27017.server import handle_client

from store.embedded.catalogue import keep_catalogue
from store.embedded.handler import EmbeddedHandler
from store.embedded.lookups import look_up_more

_MAX_THREADS = 1024  # each followed change stream keeps one thread waiting


class _WithoutRefusedDuplicates(logging.Filter):
    """A refused duplicate is an answer, not a fault of the server; its traceback would fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return "UNIQUE constraint failed" not in str(error)


async def serve(path: str, listen_fd: int) -> None:
    """Serve `path` until SIGTERM or the end of stdin."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="store"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await _watch_parent(loop, stop)

    # The library numbers its streams from 1000 in each process. A client that asks on for a stream of the
    # process before this one must not be given somebody else's.
    changestream._cursor_id_counter = itertools.count(secrets.randbits(48))
    handler = EmbeddedHandler(path)
    listener = socket.socket(fileno=listen_fd)
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            connections.add(task)
            task.add_done_callback(connections.discard)
        # Cancelled at the end only; asyncio's stream server would log that as a fault.
        with contextlib.suppress(asyncio.CancelledError):
            await handle_client(reader, writer, handler)

    server = await asyncio.start_server(connected, sock=listener)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()

    server.close()
    handler.streams.wake_all()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
    with handler._db_lock:
        handler.conn.close()


async def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` when stdin ends."""

    class Parent(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            stop.set()

    await loop.connect_read_pipe(Parent, sys.stdin)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(description="The embedded store server")
    parser.add_argument("path", help="the SQLite file")
    parser.add_argument("--listen", type=int, required=True, metavar="FD", help="an inherited listening socket")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger().handlers[0].addFilter(_WithoutRefusedDuplicates())
    keep_catalogue()
    look_up_more()
    asyncio.run(serve(arguments.path, arguments.listen))


if __name__ == "__main__":
    main()
