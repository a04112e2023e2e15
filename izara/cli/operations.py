"""Reading a running Izara as an operator: signed in, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from izara.cli.run import settings
from izara.cli.token import fetch

if TYPE_CHECKING:
    import aiohttp

PAGE = 100
"""The most that a list gives at once."""
TIMEOUT = 60.0
"""Seconds in which an operation is answered."""

Url = Annotated[str | None, typer.Option(help="Where Izara runs; default http://HOST:PORT.")]
User = Annotated[str, typer.Option(help="Whose development token to use, where no --token is given.")]
Token = Annotated[str | None, typer.Option(help="An access token; without it the development issuer is asked.")]
Limit = Annotated[int, typer.Option(min=1, help="List at most so many, the oldest first.")]
Service = Annotated[str | None, typer.Option(help="Only those of this service.")]
ObjectRef = Annotated[str | None, typer.Option("--object", help="Only those about this object: service:objType:id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class RunStatus(StrEnum):
    """The API's FlowStatus. Words of the API are repeated here, so that a client of it need not load the engine."""

    RUNNING = "RUNNING"
    AWAITING = "AWAITING"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


class DeliveryStatus(StrEnum):
    """The API's DeliveryStatus."""

    PENDING = "PENDING"
    LEASED = "LEASED"
    DEAD = "DEAD"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class AttemptError(StrEnum):
    """The API's reasons why an attempt at a delivery failed."""

    HANDLER_FAILED = "HANDLER_FAILED"
    RETRY_ASKED = "RETRY_ASKED"
    LEASE_LOST = "LEASE_LOST"
    BAD_PAYLOAD = "BAD_PAYLOAD"
    BAD_RESULT = "BAD_RESULT"


def base_of(url: str | None) -> str:
    """Where Izara runs: as given, with or without the path of its GraphQL endpoint, else as the settings say."""
    read = settings()
    if url is None:
        return read.base_url(read.port)
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"--url: {url!r} is not an http or https URL")
    return url.rstrip("/").removesuffix("/graphql")


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None: a filter with only what was asked for."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Operator:
    """Somebody who is signed in to a running Izara."""

    session: aiohttp.ClientSession
    base: str
    token: str

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of one operation; raises CallFailed."""
        from izara.graphql_call import call

        return await call(self.session, f"{self.base}/graphql", self.token, query, variables)

    async def nodes(
        self, field: str, filter_type: str, selection: str, filter: Mapping[str, Any], limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Up to `limit` nodes of a Relay list, and whether there are more. Raises CallFailed."""
        query = f"""query ($filter: {filter_type}, $first: Int!, $after: String) {{
            {field}(filter: $filter, first: $first, after: $after) {{
                edges {{ node {{ {selection} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            first = min(PAGE, limit - len(found))
            page = (await self.ask(query, filter=dict(filter), first=first, after=after))[field]
            found += [edge["node"] for edge in page["edges"]]
            more = bool(page["pageInfo"]["hasNextPage"])
            if not more or len(found) >= limit:
                return found, more
            after = page["pageInfo"]["endCursor"]


@asynccontextmanager
async def signed_in(base: str, user: str, token: str | None) -> AsyncIterator[Operator]:
    """An operator at `base`, with this token or one of the development issuer. Raises CallFailed."""
    import aiohttp

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        yield Operator(session, base, token if token is not None else await fetch(base, {"user": user}))
