"""What the gateway counts, on a registry that its process owns."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class GatewayMetrics:
    """Observes requests, fetches and streams."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "gateway_requests",
            "Operations by kind and outcome: ok, errors, cancelled, or the code of what refused them",
            ("kind", "outcome"),
            registry=registry,
        )
        self._durations = Histogram(
            "gateway_request_seconds",
            "Time to the response of queries and mutations",
            ("kind",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._fetches = Counter(
            "gateway_subgraph_fetches",
            "Requests to subgraphs by outcome: ok, errors, cancelled, or a code",
            ("subgraph", "outcome"),
            registry=registry,
        )
        self._fetch_durations = Histogram(
            "gateway_subgraph_fetch_seconds",
            "Time to the answer of a subgraph",
            ("subgraph",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._streams = Gauge(
            "gateway_streams_active",
            "WebSockets, operations on them, SSE and multipart responses, subscriptions",
            ("protocol",),
            registry=registry,
        )
        self._generation = Gauge(
            "gateway_supergraph_generation", "How many supergraphs have been served", registry=registry
        )

    def requested(self, kind: str, outcome: str, seconds: float | None = None) -> None:
        """An operation ended. Subscriptions have no time to their response."""
        self._requests.labels(kind, outcome).inc()
        if seconds is not None:
            self._durations.labels(kind).observe(seconds)

    def fetched(self, service: str, outcome: str, seconds: float) -> None:
        """A subgraph answered, or did not."""
        self._fetches.labels(service, outcome).inc()
        self._fetch_durations.labels(service).observe(seconds)

    def stream_opened(self, protocol: str) -> None:
        """A stream began."""
        self._streams.labels(protocol).inc()

    def stream_closed(self, protocol: str) -> None:
        """A stream ended."""
        self._streams.labels(protocol).dec()

    def generation(self, number: int) -> None:
        """A supergraph went into service."""
        self._generation.set(number)
