"""The bus of a process: change streams of runs and deliveries, turned into wake-ups of the hub.

Deliveries and runs are the log; a wake-up only says where to look again, so a lost one costs time and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flows.parts import inbox_topic, object_topic, outcome_topic, released_topic, run_topic, slots_topic
from flows.records import DELIVERIES, RUNS
from store import ChangeEvent, ChangeHub, Store, watch_collection


def delivery_topics(event: ChangeEvent) -> list[str]:
    """Whom a change of a delivery concerns: who waits for its outcome, and its plugin's workers.

    A lease concerns nobody. What the event says is at most a hint, and may be newer than the change.
    """
    document = event.full_document or {}
    if not {"run_id", "service", "plugin_tag", "status"} <= document.keys():
        return []
    workers = [inbox_topic(f"{document['service']}|{document['plugin_tag']}"), slots_topic(document["plugin_tag"])]
    match document["status"]:
        case "LEASED":
            return []
        case "PENDING":
            return workers
        case status:
            ended = [outcome_topic(document["run_id"]), run_topic(document["run_id"]), *workers]
            return [*ended, released_topic(document["service"])] if status == "CANCELLED" else ended


def run_topics(event: ChangeEvent) -> list[str]:
    """Whom a change of a run concerns: who waits for it, for its parent, or watches its objects."""
    document = event.full_document or {}
    topics = [run_topic(event.document_id)]
    if document.get("parent"):
        topics.append(run_topic(document["parent"]))
    return topics + [object_topic(ref) for ref in document.get("object_refs", ())]


@asynccontextmanager
async def open_bus(store: Store, hub: ChangeHub) -> AsyncIterator[None]:
    """Feed the hub from the store's change streams until closed; one per process."""
    async with asyncio.TaskGroup() as watchers:
        tasks = [
            watchers.create_task(
                watch_collection(store, DELIVERIES, lambda event: hub.notify(*delivery_topics(event)), hub.notify_all)
            ),
            watchers.create_task(
                watch_collection(store, RUNS, lambda event: hub.notify(*run_topics(event)), hub.notify_all)
            ),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
