"""Calls over transports that can only be awaited: each is a task of its own, which its call can cancel."""

from __future__ import annotations

import asyncio

from gateway.executor.transport import SubgraphTransport, TransportError
from gateway.executor.transports.call import Call, DirectTransport


def direct(transport: SubgraphTransport) -> DirectTransport:
    """The transport itself where it takes calls, else around it one that does."""
    return transport if isinstance(transport, DirectTransport) else InTaskTransport(transport)


class InTaskTransport:
    """Awaits another transport on behalf of calls."""

    def __init__(self, inner: SubgraphTransport) -> None:
        self._inner = inner
        self._tasks: dict[Call, asyncio.Task[None]] = {}

    def start(self, call: Call) -> None:
        """Begins a query or mutation."""
        task = asyncio.get_running_loop().create_task(self._run(call), name=f"fetch from {call.fetch.service}")
        self._tasks[call] = task
        call.carrier = self

    def cancel(self, call: Call) -> None:
        """Ends a call's task."""
        task = self._tasks.pop(call, None)
        if task is not None:
            task.cancel()

    async def _run(self, call: Call) -> None:
        try:
            response = await self._inner.execute(call.as_request())
        except TransportError as error:
            self._tasks.pop(call, None)
            call.failed(error)
        except Exception as error:
            self._tasks.pop(call, None)
            call.crashed(error)
        else:
            self._tasks.pop(call, None)
            call.responded(response)
