"""What the gateway counts, on a registry that its process owns.

Counting is adding to numbers of a dict: all of it happens on one loop. They become metrics when they are read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class _Durations:
    """What was counted under one pair of labels. `untimed` are those without a duration."""

    __slots__ = ("counts", "total", "untimed")

    def __init__(self) -> None:
        self.counts = [0] * (len(_SECONDS) + 1)
        self.total = 0.0
        self.untimed = 0

    @property
    def number(self) -> int:
        return sum(self.counts) + self.untimed

    def add(self, other: _Durations) -> None:
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus wants them: each counts what those before it count."""
        found: list[tuple[str, float]] = []
        sum_so_far = 0
        for bound, count in zip((*map(str, _SECONDS), "+Inf"), self.counts, strict=True):
            sum_so_far += count
            found.append((bound, sum_so_far))
        return found


_Counted = defaultdict[tuple[str, str], _Durations]
"""By kind or subgraph, and by outcome."""


class GatewayMetrics(Collector):
    """Observes requests, fetches and streams."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: _Counted = defaultdict(_Durations)
        self._fetches: _Counted = defaultdict(_Durations)
        self._streams = Gauge(
            "gateway_streams_active",
            "WebSockets, operations on them, SSE and multipart responses, subscriptions",
            ("protocol",),
            registry=registry,
        )
        self._generation = Gauge(
            "gateway_supergraph_generation", "How many supergraphs have been served", registry=registry
        )
        registry.register(self)

    def requested(self, kind: str, outcome: str, seconds: float | None = None) -> None:
        """An operation ended. Subscriptions have no time to their response."""
        found = self._requests[kind, outcome]
        if seconds is None:
            found.untimed += 1
        else:
            found.counts[bisect_left(_SECONDS, seconds)] += 1
            found.total += seconds

    def fetched(self, service: str, outcome: str, seconds: float) -> None:
        """A subgraph answered, or did not."""
        found = self._fetches[service, outcome]
        found.counts[bisect_left(_SECONDS, seconds)] += 1
        found.total += seconds

    def stream_opened(self, protocol: str) -> None:
        """A stream began."""
        self._streams.labels(protocol).inc()

    def stream_closed(self, protocol: str) -> None:
        """A stream ended."""
        self._streams.labels(protocol).dec()

    def generation(self, number: int) -> None:
        """A supergraph went into service."""
        self._generation.set(number)

    def describe(self) -> Iterator[Metric]:
        """The same metrics without values, for the registry to check their names."""
        return self.collect()

    def collect(self) -> Iterator[Metric]:
        """What has been counted so far."""
        yield _counter(
            "gateway_requests",
            "Operations by kind and outcome: ok, errors, cancelled, or the code of what refused them",
            ("kind", "outcome"),
            self._requests,
        )
        yield _histogram(
            "gateway_request_seconds", "Time to the response of queries and mutations", "kind", self._requests
        )
        yield _counter(
            "gateway_subgraph_fetches",
            "Requests to subgraphs by outcome: ok, errors, cancelled, or a code",
            ("subgraph", "outcome"),
            self._fetches,
        )
        yield _histogram(
            "gateway_subgraph_fetch_seconds", "Time to the answer of a subgraph", "subgraph", self._fetches
        )


def _counter(name: str, text: str, labels: tuple[str, str], counted: _Counted) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, found in list(counted.items()):
        family.add_metric(values, found.number)
    return family


def _histogram(name: str, text: str, label: str, counted: _Counted) -> Metric:
    """By the first label, over all outcomes; what was never timed has no histogram."""
    sums: defaultdict[str, _Durations] = defaultdict(_Durations)
    for (value, _), found in list(counted.items()):
        if any(found.counts):
            sums[value].add(found)
    family = HistogramMetricFamily(name, text, labels=(label,))
    for value, total in sums.items():
        family.add_metric((value,), total.buckets(), total.total)
    return family
