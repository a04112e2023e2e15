"""Answers as bytes: what compiled plans do with bodies, shown by subgraphs that need no network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.executor.transport import SubgraphResponse, SubgraphTransport, TransportError
from gateway.executor.transports.call import Call
from gateway.executor.transports.exchange import is_answer
from gateway.wire.json import dumps


class OverBytes:
    """Another transport, whose answers come to calls as bodies of HTTP responses."""

    def __init__(self, inner: SubgraphTransport) -> None:
        self.execute = inner.execute
        self.subscribe = inner.subscribe
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, call: Call) -> None:
        """See `DirectTransport`."""
        task = asyncio.get_running_loop().create_task(self._run(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, call: Call) -> None:
        try:
            response = await self.execute(call.as_request())
        except TransportError as error:
            call.failed(error)
        except Exception as error:
            call.crashed(error)
        else:
            payload = _payload(response)
            if is_answer(payload):
                call.answered(200, b"application/json", dumps(payload))
            else:  # No HTTP transport would call it a response.
                call.responded(response)


def over_bytes(transports: Mapping[str, SubgraphTransport]) -> dict[str, SubgraphTransport]:
    """All of them."""
    return {name: OverBytes(transport) for name, transport in transports.items()}


def _payload(response: SubgraphResponse) -> dict[str, Any]:
    return {"data": response.data, **({"errors": response.errors} if response.errors else {})}
