"""What the parts of an engine share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flows.backlog import Backlog
from flows.catalog import FlowCatalog
from flows.clock import Clock
from flows.connected import ConnectedPlugins
from flows.delivery_store import DeliveryStore
from flows.known import Known
from flows.payloads import Payloads
from flows.records import DeliveryRecord, DeliveryStatus
from flows.run_store import RunStore
from flows.schema import Flow
from flows.settings import EngineSettings
from flows.turns import Turns
from store import ChangeHub, Grouped, Store


@dataclass(frozen=True)
class EngineParts:
    """The stores, clocks and definitions of one service's engine."""

    store: Store
    hub: ChangeHub
    catalog: FlowCatalog
    clock: Clock
    settings: EngineSettings
    runs: RunStore
    deliveries: DeliveryStore
    plugins: ConnectedPlugins
    grouped: Grouped
    payloads: Payloads
    known: Known = field(default_factory=Known)
    backlog: Backlog = field(default_factory=Backlog)
    turns: Turns = field(default_factory=Turns)

    def flow(self, tag: str) -> Flow[Any]:
        """The flow of that tag; the catalog has checked that it exists."""
        found = self.catalog.flow(tag)
        assert found is not None, f"flow {tag!r} is in the catalog"
        return found

    def notify_run(self, run_id: str, *object_refs: str) -> None:
        """Wake who waits for this run, or for runs of these objects."""
        self.hub.notify(run_topic(run_id), *(object_topic(ref) for ref in object_refs))

    def notify_outcome(self, delivery: DeliveryRecord, *object_refs: str) -> None:
        """Count and tell this outcome: to its run, who watches that, and the plugin's workers, who have room again."""
        self.backlog.finished(delivery)
        self.notify_end(delivery, *object_refs)

    def notify_end(self, delivery: DeliveryRecord, *object_refs: str) -> None:
        """As `notify_outcome`, of a delivery of any service."""
        self.hub.notify(outcome_topic(delivery.run_id), run_topic(delivery.run_id), *map(object_topic, object_refs))
        self.hub.notify(inbox_topic(f"{delivery.service}|{delivery.plugin_tag}"), slots_topic(delivery.plugin_tag))
        if delivery.status is DeliveryStatus.CANCELLED:
            self.hub.notify(released_topic(delivery.service))

    def notify_inbox(self, delivery: DeliveryRecord) -> None:
        """Wake the plugin's workers: a delivery is due."""
        if delivery.inbox is not None:
            self.hub.notify(inbox_topic(delivery.inbox), slots_topic(delivery.plugin_tag))


def released_topic(service: str) -> str:
    """Hub topic of a service: a delivery of it was cancelled, which takes no run on by itself."""
    return f"released:{service}"


def run_topic(run_id: str) -> str:
    """Hub topic of one run: it, or a delivery it waits for, has changed."""
    return f"run:{run_id}"


def outcome_topic(run_id: str) -> str:
    """Hub topic of the outcomes that a run waits for."""
    return f"outcome:{run_id}"


def object_topic(object_ref: str) -> str:
    """Hub topic of all runs about an object."""
    return f"object:{object_ref}"


def inbox_topic(inbox_key: str) -> str:
    """Hub topic of a plugin's deliveries of one service."""
    return f"inbox:{inbox_key}"


def slots_topic(plugin_tag: str) -> str:
    """Hub topic of a plugin that may have so many deliveries in hand over all services: one may have ended."""
    return f"slots:{plugin_tag}"
