"""`enablePlugin`, `disablePlugin` and `rotatePluginSecret`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from registrar.documents import PluginDocument, VaultDocument
from registrar.flows.shared import no_plugin
from registrar.vault import VAULT_ID, vault_of


@dataclass(frozen=True)
class PluginTag:
    """The plugin that the caller named."""

    plugin_tag: str


Decided = Change | Unchanged | Refusal


def set_enabled(
    enabled: bool,
) -> Callable[[StepContext[PluginTag], PluginDocument | None], Awaitable[Decided]]:
    """A step's change that enables the plugin or disables it; disabling holds its deliveries."""

    async def change(ctx: StepContext[PluginTag], plugin: PluginDocument | None) -> Decided:
        if plugin is None:
            return no_plugin(ctx.params.plugin_tag, ("pluginTag",))
        result = {"tag": plugin.id}
        if plugin.enabled == enabled:
            return Unchanged(result=result)
        return Change(plugin.model_copy(update={"enabled": enabled}), result=result)

    return change


async def rotate(ctx: StepContext[PluginTag], plugin: PluginDocument | None) -> Decided:
    """Give the plugin a new secret; the old one ends at once, tokens live on for their minutes."""
    if plugin is None:
        return no_plugin(ctx.params.plugin_tag, ("pluginTag",))
    vault = vault_of(await ctx.load(VaultDocument, VAULT_ID))
    hashed = await vault.client_secret_hash(ctx.run_id)
    result = {"tag": plugin.id, "clientId": plugin.client_id}
    return Change(plugin.model_copy(update={"secret_hash": hashed}), result=result)


def _flow(
    tag: str, change: Callable[[StepContext[PluginTag], PluginDocument | None], Awaitable[Decided]]
) -> Flow[PluginTag]:
    return Flow(
        tag=tag,
        params=PluginTag,
        steps=(WriteStep(document=PluginDocument, subject=lambda ctx: ctx.params.plugin_tag, change=change),),
    )


ENABLE_PLUGIN = _flow("enablePlugin", set_enabled(True))
DISABLE_PLUGIN = _flow("disablePlugin", set_enabled(False))
ROTATE_PLUGIN_SECRET = _flow("rotatePluginSecret", rotate)
