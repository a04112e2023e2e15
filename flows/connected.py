"""Whom a hook is delivered to: the plugins connected to its targets, one group for each plugin and owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flows.consent import Consents
from flows.records import CauseRecord, ConnectionSnapshot, DeliveryRecord
from store import Grouped, Store
from store.together import both, together

FAIL, CONTINUE = "FAIL", "CONTINUE"

MOST_IDS = 2_000
"""Ids by which the connections of several objects are asked for in one command."""


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
    """A plugin with the connections of one owner that a hook call concerns.

    Attributes:
        settings: of the plugin's manifest, with the failure policy that its connections make of it.
    """

    plugin_tag: str
    owner_ref: str
    settings: HookSettings
    connections: tuple[ConnectionSnapshot, ...]


class ConnectedPlugins:
    """Reads `registrar_connections`, `_plugins` and `_authorizations`, which the registrar alone writes."""

    def __init__(self, store: Store, grouped: Grouped) -> None:
        self._registered = store.collection("registrar_plugins")
        self._of_object = grouped.finds("registrar_connections", "object_ref", self._ids_of)
        self._connections = grouped.finds("registrar_connections")
        self._plugins = grouped.finds("registrar_plugins")
        self._authorizations = grouped.finds("registrar_authorizations", "owner_ref")
        self._read: dict[str, dict[str, Any]] = {}
        """Plugins as they were read last."""

    async def subscribers(
        self, hook_id: str, targets: Sequence[str], cause: CauseRecord | None, only: str | None = None
    ) -> list[Subscriber]:
        """Who gets this hook of these objects, in declared order; with `only` that plugin at most.

        A connection that the chain of causes came through is left out, unless its plugin asked for echoes.
        """
        found = await self._of_object.find_each(list(dict.fromkeys(targets)))
        active = [sorted(filter(is_active, rows), key=lambda row: str(row["_id"])) for rows in found]
        rows = [row for rows in active for row in rows]
        rows = [row for row in rows if only is None or row["plugin_tag"] == only]
        if not rows:
            return []
        plugins = await self._hook_settings(hook_id, {row["plugin_tag"] for row in rows})
        spared = set(cause.connections) if cause else set()
        consents = Consents(self._authorizations)
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
            Subscriber(tag, owner, settings_for(plugins[tag], connections), tuple(connections))
            for (tag, owner), connections in sorted(groups.items(), key=lambda item: (order[item[0][0]], item[0]))
        ]

    async def _ids_of(self, refs: Sequence[str]) -> Sequence[str] | None:
        """The ids that connections of these objects can have: an object is connected to plugins that are registered."""
        tags = [row["_id"] for row in await self._registered.find({}, {"_id": 1}).limit(MOST_IDS + 1).to_list()]
        return [f"{ref}#{tag}" for ref in refs for tag in tags] if len(tags) * len(refs) <= MOST_IDS else None

    async def _hook_settings(self, hook_id: str, tags: Iterable[str]) -> dict[str, HookSettings]:
        found: dict[str, HookSettings] = {}
        for row in await self._plugins.find_those(sorted(tags)):
            for hook in row["hooks"]:
                if hook["id"] == hook_id and not row.get("deleted"):
                    found[row["_id"]] = hook_settings(hook)
        return found

    async def standing(self, connections: Iterable[ConnectionSnapshot], plugin_tag: str) -> str:
        """ACTIVE, HELD (the plugin is disabled) or GONE (every connection of the delivery was ended or revoked)."""
        plugin, rows = await both(
            self._plugins.find_one(plugin_tag), self._connections.find_those([item.id for item in connections])
        )
        if plugin is None or plugin.get("deleted"):
            return "GONE"
        self._read[plugin_tag] = plugin
        consents = Consents(self._authorizations)
        for row in rows:
            if is_active(row) and await consents.stands(row):
                return "ACTIVE" if plugin["enabled"] else "HELD"
        return "GONE"

    async def read_bound(self, plugin_tag: str) -> int | None:
        """How many ASYNC deliveries all its workers may have in hand; None where it declares no bound."""
        plugin = await self._plugins.find_one(plugin_tag)
        if plugin is not None:
            self._read[plugin_tag] = plugin
        return self.bound(plugin_tag)

    def bound(self, plugin_tag: str) -> int | None:
        """How many ASYNC deliveries all its workers may have in hand, as its manifest was when last read here."""
        declared = self._read.get(plugin_tag, {}).get("max_in_flight")
        return None if declared is None else int(declared)

    def serves_several(self, plugin_tag: str) -> bool:
        """Whether it takes hooks of more than one service."""
        hooks = self._read.get(plugin_tag, {}).get("hooks") or ()
        return len({hook["id"].partition("_")[0] for hook in hooks}) > 1

    async def standings(self, deliveries: Sequence[DeliveryRecord]) -> list[str]:
        """How each of these deliveries stands."""
        return await together(lambda item: self.standing(item.connections, item.plugin_tag), deliveries)

    async def is_connected(self, plugin_tag: str, refs: Sequence[str]) -> bool:
        """Whether the plugin is connected to one of these objects."""
        ids = [f"{ref}#{plugin_tag}" for ref in refs]
        return any(is_active(row) for row in await self._connections.find_those(ids))


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
        on_failure=row.get("on_failure"),
    )


def settings_for(settings: HookSettings, connections: Sequence[ConnectionSnapshot]) -> HookSettings:
    """The manifest's settings of a hook, under the policies of the connections that one delivery is about.

    A connection's own policy stands in place of the manifest's. One delivery has one outcome for all its connections,
    so the stricter stands where they differ: what must not pass unseen for one of the objects does not.
    """
    policies = {item.on_failure or settings.on_failure for item in connections}
    return replace(settings, on_failure=FAIL if FAIL in policies else CONTINUE)


def hook_settings(hook: dict[str, Any]) -> HookSettings:
    """A manifest's entry of one hook, defaults filled in."""
    return HookSettings(
        mode=hook["mode"],
        on_failure=hook.get("on_failure") or FAIL,
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
