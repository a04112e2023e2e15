"""Listening, being stopped, and errors in one line."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import closing, suppress

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from izara.cli.run import unexpected
from izara.cli.table import clean, table
from izara.listening import ListenError, bind, serving, stop_signals


def test_port_0_takes_a_free_one() -> None:
    with closing(bind("127.0.0.1", 0)) as first, closing(bind("127.0.0.1", 0)) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=rf"port {port} of 127\.0\.0\.1 is in use: .*--port"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on {host}:0"):
        bind(host, 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_serves_on_ipv6() -> None:
    try:
        listening = bind("::1", 0)
    except ListenError:
        pytest.skip("this machine has no IPv6 loopback")
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    port = listening.getsockname()[1]
    async with aiohttp.ClientSession() as session, serving(app, listening):
        response = await session.get(f"http://[::1]:{port}/")
        assert await response.text() == "here"
    listening.close()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


async def test_a_signal_ends_a_start_quietly_and_what_was_opened_is_closed() -> None:
    closed = False
    with stop_signals() as stop:
        asyncio.get_running_loop().call_soon(interrupt)
        try:
            await asyncio.Event().wait()
        finally:
            closed = True
    assert closed
    assert stop.cancelled
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_signal_after_the_start_cancels_nothing() -> None:
    with stop_signals() as stop:
        asyncio.get_running_loop().call_soon(interrupt)
        await stop.wait()
        stop.ask()
    assert not stop.cancelled


async def test_a_start_that_drops_its_cancellation_ends_all_the_same() -> None:
    reached = False
    with stop_signals() as stop:
        asyncio.get_running_loop().call_soon(interrupt)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        stop.started()
        reached = True
    assert not reached
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_another_cancellation_goes_on() -> None:
    async def work() -> None:
        with stop_signals():
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_nobody_foresaw_is_told_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert unexpected(KeyError("a\nb")) == 1
    said = capsys.readouterr().err
    assert said.splitlines()[0] == r"izara: unexpected KeyError: 'a\nb'"
    assert "Traceback" not in said


def test_a_table_shows_nothing_that_steers_a_terminal() -> None:
    assert clean("a\n\tb\x1b[31mc\x07") == "a b[31mc"
    assert clean(None) == clean([]) == "-"
    assert table(("A", "LONG"), [("xyz", ["p", "q"])]) == ["A    LONG", "xyz  p, q"]
