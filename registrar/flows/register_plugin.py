"""`registerPlugin`: a new plugin by its manifest; its client secret is derived from the run, not stored."""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from registrar.documents import PluginDocument, VaultDocument
from registrar.manifest import Manifest, manifest_problems
from registrar.vault import VAULT_ID, vault_of


@dataclass(frozen=True)
class RegisterPlugin:
    """What the caller gave."""

    manifest: Manifest


async def register(ctx: StepContext[RegisterPlugin], plugin: PluginDocument | None) -> Change | Unchanged | Refusal:
    """Write the plugin, unless the tag is taken."""
    manifest = ctx.params.manifest
    if plugin is not None:
        message = f"There is a plugin {manifest.tag!r} already; use updatePlugin, or choose another tag."
        return Refusal("TAG_TAKEN", message, ("manifest", "tag"))
    vault = vault_of(await ctx.load(VaultDocument, VAULT_ID))
    made = PluginDocument(
        id=manifest.tag,
        created_at=ctx.now,
        client_id=manifest.tag,
        secret_hash=await vault.client_secret_hash(ctx.run_id),
        **manifest.fields(),
    )
    return Change(made, result={"tag": made.id, "clientId": made.client_id})


REGISTER_PLUGIN = Flow(
    tag="registerPlugin",
    params=RegisterPlugin,
    check=lambda params: manifest_problems(params.manifest),
    steps=(WriteStep(document=PluginDocument, subject=lambda ctx: ctx.params.manifest.tag, change=register),),
)
