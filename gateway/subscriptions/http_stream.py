"""Sends responses over an HTTP body that stays open, until they end or the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from starlette.types import Receive, Send

from gateway.subscriptions.frames import Frames

_END = None


async def stream_results(
    results: AsyncGenerator[Mapping[str, Any], None],
    frames: Frames,
    receive: Receive,
    send: Send,
    heartbeat: float,
    draining: asyncio.Event,
) -> None:
    """Writes a whole response. `results` is closed when this returns, at once where the client leaves.

    Args:
        receive: the request's, whose body has been read.
        heartbeat: seconds of silence after which a sign of life is sent.
        draining: ends the response early, without the framing's end, so that clients try again elsewhere.
    """
    queue: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue(1)
    await send({"type": "http.response.start", "status": 200, "headers": _headers(frames)})
    await _write(send, frames.opening())
    async with asyncio.TaskGroup() as tasks:
        gone = tasks.create_task(_until_gone(receive), name="client of a stream")
        producer = tasks.create_task(_produce(results, queue), name="results of a stream")
        sender = tasks.create_task(_send_all(queue, frames, send, heartbeat), name="writer of a stream")
        drained = tasks.create_task(draining.wait(), name="end of all streams")
        await asyncio.wait({gone, sender, drained}, return_when=asyncio.FIRST_COMPLETED)
        left = gone.done()
        for task in (gone, producer, sender, drained):
            task.cancel()
    if not left:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _produce(
    results: AsyncGenerator[Mapping[str, Any], None], queue: asyncio.Queue[Mapping[str, Any] | None]
) -> None:
    async with aclosing(results):
        async for result in results:
            await queue.put(result)
    await queue.put(_END)


async def _send_all(
    queue: asyncio.Queue[Mapping[str, Any] | None], frames: Frames, send: Send, heartbeat: float
) -> None:
    while True:
        try:
            async with asyncio.timeout(heartbeat):
                result = await queue.get()
        except TimeoutError:
            await _write(send, frames.heartbeat())
            continue
        if result is _END:
            break
        await _write(send, frames.result(result))
    await _write(send, frames.closing())


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _headers(frames: Frames) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", frames.content_type.encode()),
        (b"cache-control", b"no-cache, no-transform"),
        (b"x-accel-buffering", b"no"),
    ]
