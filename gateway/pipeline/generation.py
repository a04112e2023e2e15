"""One supergraph and all that was learned about it. A new supergraph is a new generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config import GatewayConfig
from gateway.executor import ExecutionContext
from gateway.executor.transports import ConnectableTransport, direct
from gateway.pipeline.authorize import Granted
from gateway.pipeline.documents import Documents
from gateway.pipeline.labels import Labels
from gateway.pipeline.lru import LRU
from gateway.pipeline.plan_cache import PlanCache, PlannedOperation
from gateway.supergraph import Supergraph
from gateway.supergraph.authorization import NOTHING

_BODIES = 16 * 1024 * 1024
_DOCUMENTS = 512 * 1024
"""Characters; what is read of a document takes about a hundred times as many bytes."""
_PLANS = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Generation:
    """What a request needs of the gateway; it keeps the one that it began with.

    Attributes:
        ungranted: what goes for clients that are granted nothing.
        bare: what requests without forwarded headers are executed in.
        bodies: what bodies of requests without variables ask for, by the fields too that their clients may not see.
    """

    supergraph: Supergraph
    transports: Mapping[str, ConnectableTransport]
    ungranted: Granted
    bare: ExecutionContext
    plans: PlanCache
    bodies: LRU[tuple[bytes, frozenset[str]], PlannedOperation]
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
            ungranted=Granted.of(NOTHING, supergraph.requirements),
            bare=ExecutionContext(
                supergraph=supergraph,
                transports=transports,
                mask_errors=config.mask_errors,
                direct={name: direct(transport) for name, transport in transports.items()},
            ),
            plans=PlanCache(
                supergraph,
                Documents(supergraph.api_schema, LRU(entries, _DOCUMENTS), config.limits, config.introspection),
                LRU(entries, _PLANS),
                config.compile_plans,
                config.introspection,
            ),
            bodies=LRU(entries, _BODIES),
            labels=Labels.of(supergraph),
        )

    def remember(self, body: bytes, refused: frozenset[str], planned: PlannedOperation) -> None:
        """Notes what a whole body asks for, unless chance has a say in its plan."""
        if not self.labels.percentages:
            self.bodies.put((body, refused), planned, len(body))
