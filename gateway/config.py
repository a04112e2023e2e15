"""What a gateway is told when it is made. Nothing here reads an environment or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

_NEVER_FORWARDED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class ConfigError(ValueError):
    """A configuration that cannot work. The message names the setting and what it needs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask for.

    Attributes:
        body: bytes of a request's body, or of one WebSocket message.
        values: JSON values in either.
        text: characters of a document.
        tokens: lexical tokens of a document.
        depth: nested selections, fragments included.
        aliases: aliases in a document.
        repeats: how often one selection may ask for the same response key; what validation costs grows
            with its square.
        operations: operations that run at once on one WebSocket.
        planning: seconds of computing that one operation's planning may take; longer ones are refused.
        plannings: operations that may wait to be planned.
        cached_documents: documents, and again plans, kept per supergraph.
    """

    body: int = 2 * 1024 * 1024
    values: int = 50_000
    text: int = 200_000
    tokens: int = 15_000
    depth: int = 60
    aliases: int = 3_000
    repeats: int = 200
    operations: int = 1_000
    planning: timedelta = timedelta(seconds=5)
    plannings: int = 1_000
    cached_documents: int = 1_000


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One gateway.

    Attributes:
        supergraph: its SDL; None where the gateway composes `subgraphs` itself.
        subgraphs: name to URL, of the subgraphs to compose.
        event_streams: names of the subgraphs that give subscriptions as server-sent events; others are asked
            over WebSockets.
        ca_file: PEM file of the authorities that sign subgraphs' certificates, besides those of the system.
        forward_headers: names of the client's headers that every fetch carries.
        request_timeout: for a whole query or mutation.
        subgraph_timeout: for one fetch, and for a subscription to be acknowledged.
        sign_in_timeout: for a WebSocket's connection_init.
        keep_alive: between signs of life on streams that are quiet.
        introspection: whether clients may read the schema.
        mask_errors: whether messages of subgraphs' errors are kept from clients.
        show_plans: whether clients may ask for plans with the header `GraphQL-Query-Plan`; for development.
        compile_plans: whether plans that are used again become code; what they answer is the same.
    """

    supergraph: str | None = None
    subgraphs: Mapping[str, str] = field(default_factory=dict)
    event_streams: frozenset[str] = frozenset()
    ca_file: Path | None = None
    forward_headers: tuple[str, ...] = ("authorization",)
    limits: Limits = field(default_factory=Limits)
    request_timeout: timedelta = timedelta(seconds=60)
    subgraph_timeout: timedelta = timedelta(seconds=30)
    sign_in_timeout: timedelta = timedelta(seconds=10)
    keep_alive: timedelta = timedelta(seconds=12)
    introspection: bool = True
    mask_errors: bool = False
    compile_plans: bool = True
    show_plans: bool = False

    def __post_init__(self) -> None:
        if (self.supergraph is None) == (not self.subgraphs):
            raise ConfigError("A gateway needs either a supergraph or subgraphs to compose, and not both")
        for name in self.forward_headers:
            if name != name.lower() or name in _NEVER_FORWARDED:
                raise ConfigError(
                    f"forward_headers: {name!r} cannot be forwarded; names are lower-case and describe the "
                    "client's request rather than one connection or body"
                )
        for setting in ("request_timeout", "subgraph_timeout", "sign_in_timeout", "keep_alive"):
            if getattr(self, setting) <= timedelta(0):
                raise ConfigError(f"{setting}: must be longer than nothing")
