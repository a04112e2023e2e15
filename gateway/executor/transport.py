"""The port between the executor and whatever carries a request to a subgraph.

A transport is handed a complete request and answers with what the subgraph said, whatever that was:
judging shapes is the executor's work. Only what never became an answer is raised, as TransportError.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL operation for one subgraph.

    Attributes:
        service: the subgraph's name in the supergraph.
        variables: exactly the variables that the operation declares and that have a value.
        headers: to be sent along, lower-case names.
    """

    service: str
    query: str
    operation_name: str | None
    variables: dict[str, Any]
    kind: Literal["query", "mutation", "subscription"]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What a subgraph answered: `data` and `errors` as received, unverified."""

    data: Any
    errors: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)


class SubgraphTransport(Protocol):
    """Carries requests to one subgraph. Cancelling a call abandons it at the subgraph too where possible."""

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        """Runs a query or mutation. Raises TransportError where no GraphQL answer came back."""
        ...

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[SubgraphResponse]:
        """Yields each event of a subscription; closing the iterator (`aclose`) ends it at the subgraph."""
        ...


class FetchObserver(Protocol):
    """Hears how fetches went. `outcome` is `ok`, `errors` or the code of a TransportError."""

    def fetched(self, service: str, outcome: str, seconds: float) -> None: ...


class TransportError(Exception):
    """A request to a subgraph that brought no usable answer: refused, timed out, not JSON.

    Attributes:
        code: stable identifier for `extensions.code`, e.g. SUBGRAPH_UNREACHABLE, SUBGRAPH_TIMEOUT.
        service: the subgraph's name.
    """

    def __init__(self, code: str, message: str, service: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.service = service
