"""`updatePlugin`: another manifest for a plugin that exists; connections and authorizations stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from registrar.documents import PluginDocument
from registrar.flows.shared import no_plugin
from registrar.manifest import Manifest, manifest_problems


@dataclass(frozen=True)
class UpdatePlugin:
    """What the caller gave."""

    manifest: Manifest


def revised(plugin: PluginDocument, manifest: Manifest) -> PluginDocument:
    """The plugin's document under the manifest."""
    after: PluginDocument = plugin.model_copy(update=manifest.fields())
    return after


def differences(before: PluginDocument, after: PluginDocument) -> Iterator[tuple[str, Any, Any]]:
    """What changes from one to the other: path in the manifest, value before, value after."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    for name, key in (
        ("name", "name"),
        ("objTypes", "obj_types"),
        ("permissions", "permissions"),
        ("maxInFlight", "max_in_flight"),
    ):
        if old[key] != new[key]:
            yield name, old[key], new[key]
    old_hooks = {hook["id"]: hook for hook in old["hooks"]}
    new_hooks = {hook["id"]: hook for hook in new["hooks"]}
    for id in sorted({*old_hooks, *new_hooks}):
        if old_hooks.get(id) != new_hooks.get(id):
            yield f"hooks.{id}", old_hooks.get(id), new_hooks.get(id)
    if old["config_schema"] != new["config_schema"]:
        yield "configSchema", old["config_schema"], new["config_schema"]


async def update(ctx: StepContext[UpdatePlugin], plugin: PluginDocument | None) -> Change | Unchanged | Refusal:
    """Write what differs."""
    tag = ctx.params.manifest.tag
    if plugin is None:
        return no_plugin(tag, ("manifest", "tag"))
    after = revised(plugin, ctx.params.manifest)
    changes = [list(change) for change in differences(plugin, after)]
    result = {"tag": tag, "changes": changes}
    return Change(after, result=result) if changes else Unchanged(result=result)


UPDATE_PLUGIN = Flow(
    tag="updatePlugin",
    params=UpdatePlugin,
    check=lambda params: manifest_problems(params.manifest),
    steps=(WriteStep(document=PluginDocument, subject=lambda ctx: ctx.params.manifest.tag, change=update),),
)
