"""Whom a hook is delivered to: the plugins connected to its targets, one group for each plugin and owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flows.consent import Consents
from flows.records import CauseRecord, ConnectionSnapshot
from store import Store, translate_errors


@dataclass(frozen=True)
class HookSettings:
    """What a plugin's manifest says of one hook."""

    mode: str
    on_failure: str
    on_dead: str
    timeout_ms: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    echoes: bool


@dataclass(frozen=True)
class Subscriber:
    """A plugin with the connections of one owner that a hook call concerns."""

    plugin_tag: str
    owner_ref: str
    settings: HookSettings
    connections: tuple[ConnectionSnapshot, ...]


class ConnectedPlugins:
    """Reads `registrar_connections`, `_plugins` and `_authorizations`, which the registrar alone writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connections = store.collection("registrar_connections")
        self._plugins = store.collection("registrar_plugins")

    async def subscribers(
        self, hook_id: str, targets: Sequence[str], cause: CauseRecord | None, only: str | None = None
    ) -> list[Subscriber]:
        """Who gets this hook of these objects, in declared order; with `only` that plugin at most.

        A connection that the chain of causes came through is left out, unless its plugin asked for echoes.
        """
        rows = [row for ref in dict.fromkeys(targets) for row in await self._active(ref)]
        rows = [row for row in rows if only is None or row["plugin_tag"] == only]
        if not rows:
            return []
        plugins = await self._hook_settings(hook_id, {row["plugin_tag"] for row in rows})
        spared = set(cause.connections) if cause else set()
        consents = Consents(self._store)
        groups: dict[tuple[str, str], list[ConnectionSnapshot]] = {}
        for row in rows:
            settings = plugins.get(row["plugin_tag"])
            if settings is None or (row["_id"] in spared and not settings.echoes):
                continue
            if not await consents.stands(row):
                continue
            groups.setdefault((row["plugin_tag"], row["owner_ref"]), []).append(snapshot(row))
        order = {tag: place for place, tag in enumerate(in_order(plugins))}
        return [
            Subscriber(tag, owner, plugins[tag], tuple(connections))
            for (tag, owner), connections in sorted(groups.items(), key=lambda item: (order[item[0][0]], item[0]))
        ]

    async def _active(self, ref: str) -> list[dict[str, Any]]:
        with translate_errors():
            rows = await self._connections.find({"object_ref": ref}).to_list()
        return sorted((row for row in rows if is_active(row)), key=lambda row: row["_id"])

    async def _hook_settings(self, hook_id: str, tags: Iterable[str]) -> dict[str, HookSettings]:
        with translate_errors():
            rows = await self._plugins.find({"_id": {"$in": sorted(tags)}}).to_list()
        found: dict[str, HookSettings] = {}
        for row in rows:
            for hook in row["hooks"]:
                if hook["id"] == hook_id and not row.get("deleted"):
                    found[row["_id"]] = hook_settings(hook)
        return found

    async def standing(self, connections: Iterable[ConnectionSnapshot], plugin_tag: str) -> str:
        """ACTIVE, HELD (the plugin is disabled) or GONE (every connection of the delivery was ended or revoked)."""
        with translate_errors():
            plugin = await self._plugins.find_one({"_id": plugin_tag}, {"enabled": 1, "deleted": 1})
            rows = await self._connections.find({"_id": {"$in": [item.id for item in connections]}}).to_list()
        if plugin is None or plugin.get("deleted"):
            return "GONE"
        consents = Consents(self._store)
        for row in rows:
            if is_active(row) and await consents.stands(row):
                return "ACTIVE" if plugin["enabled"] else "HELD"
        return "GONE"

    async def is_connected(self, plugin_tag: str, refs: Sequence[str]) -> bool:
        """Whether the plugin is connected to one of these objects."""
        ids = [f"{ref}#{plugin_tag}" for ref in refs]
        with translate_errors():
            rows = await self._connections.find({"_id": {"$in": ids}}).to_list()
        return any(is_active(row) for row in rows)


def is_active(row: dict[str, Any]) -> bool:
    """Whether a stored connection stands."""
    return row["status"] == "ACTIVE" and not row.get("deleted")


def snapshot(row: dict[str, Any]) -> ConnectionSnapshot:
    """A stored connection as a delivery carries it."""
    return ConnectionSnapshot(
        id=row["_id"],
        object_ref=row["object_ref"],
        plugin_tag=row["plugin_tag"],
        config=row.get("config") or {},
        links=[dict(link) for link in row.get("links") or ()],
    )


def hook_settings(hook: dict[str, Any]) -> HookSettings:
    """A manifest's entry of one hook, defaults filled in."""
    return HookSettings(
        mode=hook["mode"],
        on_failure=hook.get("on_failure") or "FAIL",
        on_dead=hook.get("on_dead") or "BLOCK",
        timeout_ms=hook.get("timeout_ms") or 60_000,
        before=tuple(hook.get("before") or ()),
        after=tuple(hook.get("after") or ()),
        echoes=bool(hook.get("echoes")),
    )


def in_order(plugins: dict[str, HookSettings]) -> list[str]:
    """Plugin tags so that every `before` and `after` holds; ties by tag.

    Cycles are refused at registration; one that slipped in falls back to the order of tags.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter({tag: set() for tag in sorted(plugins)})
    for tag, settings in plugins.items():
        for other in settings.before:
            if other in plugins:
                sorter.add(other, tag)
        for other in settings.after:
            if other in plugins:
                sorter.add(tag, other)
    ready: list[str] = []
    try:
        sorter.prepare()
        while sorter.is_active():
            batch = sorted(sorter.get_ready())
            ready.extend(batch)
            sorter.done(*batch)
    except CycleError:
        return sorted(plugins)
    return ready
