"""New connections come in together, however long the loop's turns take."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import uvloop

from gateway.serving import listeners

CLIENTS = 16


async def accepted_in_a_turn(sockets: list[socket.socket], port: int) -> int:
    """How many of the clients that wait have come in when the loop has turned twice: once to look, once to tell."""
    made: list[asyncio.Protocol] = []

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(self)

    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Accepted, sock=each) for each in sockets]
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        count = len(made)
    for server in servers:
        server.close()
        await server.wait_closed()
    return count


def test_all_who_wait_come_in_at_one_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, listeners(listening) as sockets:
        assert uvloop.run(accepted_in_a_turn(sockets, listening.getsockname()[1])) == CLIENTS


def test_one_socket_alone_lets_them_in_one_by_one() -> None:
    """What it is for: where this fails, uvloop accepts more at once, and duplicates are not needed any more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert uvloop.run(accepted_in_a_turn([listening], listening.getsockname()[1])) < CLIENTS / 2


def test_duplicates_are_closed_and_the_socket_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with listeners(listening) as sockets:
            duplicates = [each for each in sockets if each is not listening]
        assert duplicates
        assert {each.fileno() for each in duplicates} == {-1}
        assert listening.fileno() != -1
