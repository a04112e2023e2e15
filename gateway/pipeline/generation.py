"""One supergraph and all that was learned about it. A new supergraph is a new generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import DocumentNode

from gateway.config import GatewayConfig
from gateway.executor.transports import ConnectableTransport, DirectTransport, direct
from gateway.pipeline.labels import Labels
from gateway.pipeline.limits import check_limits
from gateway.pipeline.lru import LRU
from gateway.pipeline.parse import parse_document
from gateway.pipeline.plan_cache import PlanCache, PlannedOperation
from gateway.pipeline.validate import validate_document
from gateway.supergraph import Supergraph

_CACHED_CHARACTERS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Generation:
    """What a request needs of the gateway; it keeps the one that it began with.

    Attributes:
        direct: the transports, for calls without a task.
        bodies: what bodies of requests without variables ask for.
    """

    supergraph: Supergraph
    transports: Mapping[str, ConnectableTransport]
    direct: Mapping[str, DirectTransport]
    documents: LRU[str, DocumentNode]
    plans: PlanCache
    bodies: LRU[bytes, PlannedOperation]
    labels: Labels

    @classmethod
    def of(
        cls,
        supergraph: Supergraph,
        transports: Mapping[str, ConnectableTransport],
        config: GatewayConfig,
    ) -> Generation:
        """A generation with empty caches."""
        entries = config.limits.cached_documents
        return cls(
            supergraph=supergraph,
            transports=transports,
            direct={name: direct(transport) for name, transport in transports.items()},
            documents=LRU(entries, _CACHED_CHARACTERS),
            plans=PlanCache(supergraph, LRU(entries, _CACHED_CHARACTERS), config.compile_plans, config.introspection),
            bodies=LRU(entries, _CACHED_CHARACTERS),
            labels=Labels.of(supergraph),
        )

    def remember(self, body: bytes, planned: PlannedOperation) -> None:
        """Notes what a whole body asks for, unless chance has a say in its plan."""
        if not self.labels.percentages:
            self.bodies.put(body, planned, len(body))

    def document(self, query: str, config: GatewayConfig) -> DocumentNode:
        """The parsed, valid document of a text. Raises ParseFailed, LimitExceeded or ValidationFailed."""
        document = self.documents.get(query)
        if document is None:
            document = parse_document(query, config.limits)
            check_limits(document, config.limits)
            validate_document(self.supergraph.api_schema, document, config.introspection)
            self.documents.put(query, document, len(query))
        return document
