"""A query that runs without a task: its time-out, its outcome, its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from gateway.executor import Execution, Response, SingleFetch
from gateway.executor.deadlines import Deadlines
from gateway.pipeline.errors import RequestError, RequestTimeout
from gateway.pipeline.metrics import GatewayMetrics
from gateway.pipeline.respond import to_request_error

Done = Callable[[Response | RequestError], None]


class RequestDeadlines:
    """The time-outs of all queries of one pipeline, which may be made before its loop runs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._deadlines: Deadlines[RequestUnderWay] | None = None

    def on_loop(self) -> Deadlines[RequestUnderWay]:
        """Those of the loop that runs."""
        if self._deadlines is None:
            self._deadlines = Deadlines(self.seconds, RequestUnderWay.expire, asyncio.get_running_loop())
        return self._deadlines

    def close(self) -> None:
        """Nothing expires any more; a gateway that runs again does so on a loop of its own."""
        if self._deadlines is not None:
            self._deadlines.close()
            self._deadlines = None


class RequestUnderWay:
    """Told of the execution's end, or of its time being up, or of its client having left: whichever is first."""

    __slots__ = ("_deadlines", "_done", "_execution", "_metrics", "_started")

    def __init__(self, deadlines: Deadlines[RequestUnderWay], metrics: GatewayMetrics, done: Done) -> None:
        self._deadlines = deadlines
        self._metrics = metrics
        self._done: Done | None = done
        self._execution: Execution | SingleFetch | None = None
        self._started = perf_counter()

    def start(self, execution: Execution | SingleFetch) -> None:
        self._execution = execution
        self._deadlines.add(self)
        execution.start()

    def ended(self, outcome: Response | Exception) -> None:
        """The execution has come to its end."""
        if isinstance(outcome, Exception):
            self._refuse(to_request_error(outcome))
            return
        done = self._done
        if done is not None:
            self._done = None
            self._end("errors" if outcome.errors else "ok")
            done(outcome)

    def expire(self) -> None:
        """Its time is up."""
        self._cancel()
        self._refuse(RequestTimeout(f"The request took longer than {self._deadlines.seconds:g} s"))

    def abandon(self) -> None:
        """Its client has left."""
        if self._done is not None:
            self._cancel()
            self._done = None
            self._end("cancelled")

    def _cancel(self) -> None:
        if self._execution is not None:
            self._execution.cancel()

    def _refuse(self, error: RequestError) -> None:
        done, self._done = self._done, None
        if done is not None:
            self._end(error.code)
            done(error)

    def _end(self, outcome: str) -> None:
        self._deadlines.discard(self)
        self._execution = None
        self._metrics.requested("query", outcome, perf_counter() - self._started)
