"""What an execution is given and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from gateway.executor.transport import SubgraphTransport
from gateway.executor.transports.call import DirectTransport
from gateway.executor.transports.in_task import direct
from gateway.supergraph import Supergraph

T = TypeVar("T")

Pause = Callable[[], None]
"""To be called now and then by what is computed. It may raise to end that."""


class Compute(Protocol):
    """Has something computed beside the event loop."""

    def __call__(self, work: Callable[[Pause], T], /) -> Awaitable[T]: ...


@dataclass(slots=True)
class ExecutionContext:
    """Everything one request needs besides its plan and variables.

    Attributes:
        transports: one for each subgraph, by name.
        headers: to be sent to subgraphs.
        mask_errors: hide subgraphs' messages, names and details from the client.
        direct: the same transports for calls without a task, as far as that was prepared.
        compute: where to answer what asks for the schema; None answers it at once.
    """

    supergraph: Supergraph
    transports: Mapping[str, SubgraphTransport]
    headers: Mapping[str, str] = field(default_factory=dict)
    mask_errors: bool = False
    direct: Mapping[str, DirectTransport] = field(default_factory=dict)
    compute: Compute | None = None

    def transport(self, service: str) -> DirectTransport | None:
        """What carries calls to a subgraph; None where nothing leads there."""
        found = self.direct.get(service)
        if found is None and service in self.transports:
            return direct(self.transports[service])
        return found


@dataclass(slots=True)
class Response:
    """A GraphQL response; `errors` in the order in which they were met."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)
