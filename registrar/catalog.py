"""The catalog of hooks: services announce theirs at start, manifests are checked against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flows.catalog import FlowCatalog
from flows.kinds import HookMerge
from flows.schema import Refusal
from registrar.documents import HOOKS, PLUGINS
from registrar.manifest import Manifest, schema_text
from store import Store, insert_unique, now_ms, translate_errors


@dataclass(frozen=True)
class AnnouncedHook:
    """A hook as its service announces it.

    Attributes:
        targets: objTypes whose connections are looked up.
        kind: VALIDATE or COMMIT.
        payload: name of the payload's GraphQL type.
        merge: what the answers of several plugins make together.
        budget_ms: how long a caller waits for a SYNC plugin.
        deadline_ms: how long a run waits for ASYNC plugins; None waits for ever.
        quorum: how many of the ASYNC plugins suffice; None needs all.
        result_schema: JSON Schema of what a plugin may return; None where it may return nothing.
    """

    id: str
    targets: tuple[str, ...]
    kind: str
    payload: str
    merge: HookMerge = HookMerge.ALL_ARE_TOLD
    budget_ms: int = 5_000
    deadline_ms: int | None = None
    result_schema: Mapping[str, Any] | None = None
    quorum: int | None = None

    def fields(self) -> dict[str, Any]:
        """The fields of its document."""
        return {
            "targets": list(self.targets),
            "kind": self.kind,
            "payload": self.payload,
            "merge": self.merge.value,
            "budget_ms": self.budget_ms,
            "deadline_ms": self.deadline_ms,
            "quorum": self.quorum,
            "result_schema": schema_text(self.result_schema),
            "deleted": False,
        }


def announced(catalog: FlowCatalog) -> list[AnnouncedHook]:
    """The hooks of a service's flows."""
    return [
        AnnouncedHook(
            id=bound.id,
            targets=bound.hook.targets,
            kind=str(bound.kind),
            payload=bound.payload_name,
            merge=bound.merge,
            budget_ms=bound.budget_ms,
            deadline_ms=bound.deadline_ms,
            result_schema=None if bound.hook.result is None else bound.hook.result.model_json_schema(),
            quorum=bound.hook.quorum,
        )
        for bound in catalog.hooks.values()
    ]


async def announce_hooks(store: Store, service: str, hooks: Sequence[AnnouncedHook]) -> None:
    """Make the catalog say of `service` what `hooks` say; idempotent, and safe from several processes at once."""
    collection = store.collection(HOOKS)
    with translate_errors():
        known = {row["_id"]: row async for row in collection.find({"service": service})}
    for hook in hooks:
        row, fields = known.get(hook.id), hook.fields()
        if row is None:
            document = {"_id": hook.id, "service": service, "version": 1, "created_at": now_ms(), **fields}
            await insert_unique(collection, {**document, "effects": {}, "outbox": {}})
        elif any(row.get(name) != value for name, value in fields.items()):
            await _change(store, hook.id, fields)
    for id in known.keys() - {hook.id for hook in hooks}:
        if not known[id].get("deleted"):
            await _change(store, id, {"deleted": True})


async def _change(store: Store, id: str, fields: Mapping[str, Any]) -> None:
    with translate_errors():
        await store.collection(HOOKS).update_one({"_id": id}, {"$set": dict(fields), "$inc": {"version": 1}})


async def catalog_problems(store: Store, manifest: Manifest) -> list[Refusal]:
    """Hooks of the manifest that no service has announced, and circles in the order of plugins at a hook."""
    wanted = [hook.id for hook in manifest.hooks]
    with translate_errors():
        rows = [row async for row in store.collection(HOOKS).find({"_id": {"$in": wanted}})]
    known = {row["_id"]: row for row in rows if not row.get("deleted")}
    refusals = []
    for place, hook in enumerate(manifest.hooks):
        path = ("manifest", "hooks", str(place), "id")
        if hook.id not in known:
            refusals.append(Refusal("UNKNOWN_HOOK", f"No service has the hook {hook.id!r}; see `hooks`.", path))
        elif not set(known[hook.id]["targets"]) & set(manifest.obj_types):
            targets = ", ".join(known[hook.id]["targets"])
            message = f"{hook.id} is about {targets}; the plugin connects to none of these."
            refusals.append(Refusal("HOOK_NEVER_FIRES", message, path))
    return refusals + await _circles(store, manifest)


async def _circles(store: Store, manifest: Manifest) -> list[Refusal]:
    with translate_errors():
        rows = [row async for row in store.collection(PLUGINS).find({})]
    others = [row for row in rows if row["_id"] != manifest.tag and not row.get("deleted")]
    refusals = []
    for place, hook in enumerate(manifest.hooks):
        orders = [(manifest.tag, hook.before, hook.after)]
        for row in others:
            orders += [(row["_id"], item["before"], item["after"]) for item in row["hooks"] if item["id"] == hook.id]
        circle = find_circle(orders)
        if circle:
            message = f"At {hook.id} the order goes in a circle: {' before '.join(circle)}."
            refusals.append(Refusal("ORDER_CIRCLE", message, ("manifest", "hooks", str(place))))
    return refusals


def find_circle(orders: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> list[str]:
    """Plugins that would each have to go before the next, the first again at the end; empty where there are none.

    `orders` are (tag, tags that it goes before, tags that it goes after).
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for tag, before, after in orders:
        sorter.add(tag, *after)
        for other in before:
            sorter.add(other, tag)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
