"""Queries and mutations over HTTP: what a request's headers look like, and a call that can be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports.call import Call
from gateway.executor.transports.exchange import body_of
from gateway.planner.nodes import Request


def header_lines(headers: Mapping[str, str]) -> bytes:
    """The lines of a request's head. Raises ValueError for what would be more than one line."""
    lines = ""
    for name, value in headers.items():
        if "\r" in value or "\n" in value or "\0" in value:
            raise ValueError(f"the value of the header {name!r} holds a line break")
        lines += f"{name}: {value}\r\n"
    try:
        return lines.encode("latin-1")
    except UnicodeEncodeError:
        return lines.encode()


class AwaitedCall(Call):
    """A call for those who wait in a task."""

    __slots__ = ("_outcome",)

    def __init__(self, request: SubgraphRequest) -> None:
        fetch = Request(request.service, request.query, request.kind, (), request.operation_name)
        super().__init__(fetch, body_of(request), request.headers)
        self._outcome: asyncio.Future[SubgraphResponse] = asyncio.get_running_loop().create_future()

    async def outcome(self) -> SubgraphResponse:
        """Raises TransportError. Cancelling it cancels the call."""
        try:
            return await self._outcome
        except asyncio.CancelledError:
            self.cancel()
            raise

    def take_data(self, data: dict[str, Any]) -> None:
        self.take_response(SubgraphResponse(data))

    def take_response(self, response: SubgraphResponse) -> None:
        if not self._outcome.done():
            self._outcome.set_result(response)

    def take_failure(self, error: TransportError) -> None:
        if not self._outcome.done():
            self._outcome.set_exception(error)

    def take_crash(self, error: Exception) -> None:
        if not self._outcome.done():
            self._outcome.set_exception(error)
