"""Lets new connections in while the loop has much to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_AT_ONCE: Final = 16


@contextmanager
def listeners(listening: socket.socket) -> Iterator[list[socket.socket]]:
    """A listening socket and duplicates of it, to be served together; the duplicates are closed at the end.

    uvloop accepts one connection for each listening socket in one turn of the loop (libuv has done so since 1.45).
    Where a turn takes long, for fifty connections are asking already, who comes then would wait for as many turns as
    others came at the same time. All duplicates take from one queue, so more of them come in by each turn.
    """
    with ExitStack() as stack:
        yield [listening, *(stack.enter_context(listening.dup()) for _ in range(_AT_ONCE - 1))]
