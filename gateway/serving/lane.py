"""From a request's body to an answer's bytes, without a task where none is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final

from gateway.config import GatewayConfig
from gateway.executor import Response
from gateway.pipeline.errors import RequestError
from gateway.pipeline.execute import Job, Pipeline, Unplanned
from gateway.pipeline.negotiate import JSON, RESPONSE_JSON
from gateway.pipeline.respond import payload_of, payload_of_error, status_of_error, to_request_error
from gateway.serving.head import Head, Heads
from gateway.wire.json import dumps

Send = Callable[[bytes, bytes], None]
"""Given a head without the lines that all responses have in common, and a body."""

Cancel = Callable[[], object]

_REASONS: Final = {status.value: status.phrase.encode() for status in HTTPStatus}


class Lane:
    """Answers usual requests.

    Args:
        path: of the endpoint.
    """

    def __init__(self, pipeline: Pipeline, config: GatewayConfig, path: str) -> None:
        self.heads = Heads(path, frozenset(config.forward_headers), config.limits.body)
        self._pipeline = pipeline
        self._tasks: set[asyncio.Task[None]] = set()
        self._starts = {media: _start_of(200, media, {}) for media in (JSON, RESPONSE_JSON)}

    def answer(self, head: Head, body: bytes, send: Send) -> Cancel | None:
        """Has the request answered: `send` is called once.

        Returns what to call when the client leaves before, or None where the request is not usual after all:
        then nothing has been done.
        """
        try:
            job = self._pipeline.look_up_body(body, head.client)
        except Exception as error:
            send(*self._refusal(to_request_error(error), head.media))
            return _nothing
        if isinstance(job, Unplanned):
            return None if _may_subscribe(body) else self._in_task(self._plan_and_run(job, head, send))
        if job.plan.kind == "subscription":
            return None
        if job.plan.kind == "query" and job.compiled is not None:

            def done(outcome: Response | RequestError) -> None:
                send(*self._response(outcome, head.media))

            return self._pipeline.begin(job, head.client, done)
        return self._in_task(self._run(job, head, send))

    def _in_task(self, work: Coroutine[Any, Any, None]) -> Cancel:
        """A mutation, which goes on when its client leaves, or what is planned first, or not compiled."""
        task = asyncio.get_running_loop().create_task(work, name="request")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task.cancel

    async def _plan_and_run(self, operation: Unplanned, head: Head, send: Send) -> None:
        try:
            job = await self._pipeline.plan(operation, head.client)
        except Exception as error:
            send(*self._refusal(to_request_error(error), head.media))
        else:
            await self._run(job, head, send)

    async def _run(self, job: Job, head: Head, send: Send) -> None:
        try:
            outcome: Response | RequestError = await self._pipeline.complete(job, head.client)
        except Exception as error:
            outcome = to_request_error(error)
        send(*self._response(outcome, head.media))

    def _response(self, outcome: Response | RequestError, media: str) -> tuple[bytes, bytes]:
        if isinstance(outcome, RequestError):
            return self._refusal(outcome, media)
        plain = not outcome.errors and not outcome.extensions
        body = dumps({"data": outcome.data} if plain else payload_of(outcome))
        return b"%s%d\r\n" % (self._starts[media], len(body)), body

    def _refusal(self, error: RequestError, media: str) -> tuple[bytes, bytes]:
        status = status_of_error(error, legacy=media == JSON)
        body = dumps(payload_of_error(error))
        return b"%s%d\r\n" % (_start_of(status, media, error.headers), len(body)), body


def _start_of(status: int, media: str, headers: Mapping[str, Any]) -> bytes:
    """A response's head up to the number of its length."""
    reason = _REASONS.get(status, b"Error")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"content-type: {media}; charset=utf-8\r\n{lines}content-length: "
    return b"HTTP/1.1 %d %s\r\n%s" % (status, reason, start.encode())


def _may_subscribe(body: bytes) -> bool:
    """Whether the operation could be a subscription; the keyword may be written in escapes."""
    return b"subscription" in body or b"\\u" in body


def _nothing() -> None:
    """It has been answered already."""
