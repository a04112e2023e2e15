"""Mutations of plugins; all need the scope `admin`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.scalars import JSON

from flows.graphql.hook_fields import HookModeName as HookMode
from flows.graphql.types import FlowRun, UserError
from flows.schema import Flow
from registrar.catalog import catalog_problems
from registrar.context import RegistrarInfo
from registrar.documents import PluginDocument
from registrar.flows.plugin_state import DISABLE_PLUGIN, ENABLE_PLUGIN, ROTATE_PLUGIN_SECRET, PluginTag
from registrar.flows.register_plugin import REGISTER_PLUGIN, RegisterPlugin
from registrar.flows.shared import no_plugin
from registrar.flows.update_plugin import UPDATE_PLUGIN, UpdatePlugin, differences, revised
from registrar.manifest import HookEntry, Manifest, manifest_problems, read_schema, schema_text
from registrar.mutations.shared import result_of, run_flow, user_errors
from registrar.types.fields import described, json_or_none
from registrar.types.plugin import OnDead, OnFailure, Plugin


@strawberry.input
class PluginHookInput:
    id: str
    mode: HookMode
    before: list[str] = strawberry.field(default_factory=list)
    after: list[str] = strawberry.field(default_factory=list)
    on_failure: OnFailure = OnFailure.FAIL
    on_dead: OnDead = OnDead.BLOCK
    timeout_ms: int | None = None
    echoes: bool = False

    def entry(self) -> HookEntry:
        """As the manifest has it."""
        return HookEntry(
            id=self.id,
            mode=self.mode.value,
            before=list(self.before),
            after=list(self.after),
            on_failure=self.on_failure.value,
            on_dead=self.on_dead.value,
            timeout_ms=self.timeout_ms,
            echoes=self.echoes,
        )


@strawberry.input
class PluginManifestInput:
    tag: str
    name: str
    obj_types: list[str] = strawberry.field(default_factory=list)
    config_schema: JSON | None = None
    permissions: list[str] = strawberry.field(default_factory=list)
    hooks: list[PluginHookInput] = strawberry.field(default_factory=list)
    max_in_flight: int | None = strawberry.field(
        default=None,
        description="ASYNC deliveries that all workers of the plugin may have in hand, over all services.",
    )

    def read(self) -> Manifest | list[UserError]:
        """The manifest, or what is wrong with it by itself."""
        schema: Any = self.config_schema
        if schema is not None and not isinstance(schema, dict):
            message = "configSchema must be a JSON object."
            return [UserError(code="BAD_MANIFEST", message=message, field=["manifest", "configSchema"])]
        manifest = Manifest(
            tag=self.tag,
            name=self.name,
            obj_types=list(self.obj_types),
            permissions=list(self.permissions),
            hooks=[hook.entry() for hook in self.hooks],
            config_schema=schema_text(schema),
            max_in_flight=self.max_in_flight,
        )
        problems = manifest_problems(manifest)
        return user_errors(problems) if problems else manifest


@strawberry.input
class RegisterPluginInput:
    manifest: PluginManifestInput
    idempotency_key: str | None = None


@strawberry.type
class RegisterPluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    plugin: Plugin | None = None
    client_id: str | None = None
    client_secret: str | None = None


@strawberry.input
class UpdatePluginInput:
    manifest: PluginManifestInput
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.type(description="One thing that an update changes: its place in the manifest, before and after.")
class PluginChange:
    path: str
    before: JSON | None
    after: JSON | None


@strawberry.type
class UpdatePluginPayload:
    errors: list[UserError]
    changes: list[PluginChange]
    run: FlowRun | None = None
    plugin: Plugin | None = None


@strawberry.input
class PluginTagInput:
    plugin_tag: str
    idempotency_key: str | None = None


@strawberry.input
class EnablePluginInput(PluginTagInput):
    pass


@strawberry.input
class DisablePluginInput(PluginTagInput):
    pass


@strawberry.input
class RotatePluginSecretInput(PluginTagInput):
    pass


@strawberry.type
class EnablePluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    plugin: Plugin | None = None


@strawberry.type
class DisablePluginPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    plugin: Plugin | None = None


@strawberry.type
class RotatePluginSecretPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    plugin: Plugin | None = None
    client_id: str | None = None
    client_secret: str | None = None


@strawberry.type
class PluginMutations:
    @described("Register a plugin by its manifest. The client secret is told in this answer alone.")
    async def register_plugin(self, info: RegistrarInfo, input: RegisterPluginInput) -> RegisterPluginPayload:
        info.context.access.require_admin()
        manifest = await checked(info, input.manifest)
        if not isinstance(manifest, Manifest):
            return RegisterPluginPayload(errors=manifest)
        outcome = await run_flow(info, REGISTER_PLUGIN, RegisterPlugin(manifest), input.idempotency_key)
        client_id = result_of(outcome, "clientId")
        return RegisterPluginPayload(
            run=outcome.run,
            errors=outcome.errors,
            plugin=await Plugin.load(info, manifest.tag) if client_id else None,
            client_id=client_id,
            client_secret=_secret(info, outcome.run) if client_id else None,
        )

    @described("Give a plugin another manifest; with `dryRun` only say what would change.")
    async def update_plugin(self, info: RegistrarInfo, input: UpdatePluginInput) -> UpdatePluginPayload:
        info.context.access.require_admin()
        manifest = await checked(info, input.manifest)
        if not isinstance(manifest, Manifest):
            return UpdatePluginPayload(errors=manifest, changes=[])
        if input.dry_run:
            return await _dry_run(info, manifest)
        outcome = await run_flow(info, UPDATE_PLUGIN, UpdatePlugin(manifest), input.idempotency_key)
        changes = result_of(outcome, "changes")
        return UpdatePluginPayload(
            run=outcome.run,
            errors=outcome.errors,
            changes=_changes(changes or ()),
            plugin=await Plugin.load(info, manifest.tag) if changes is not None else None,
        )

    @described("Let a disabled plugin go on; what was held for it is delivered.")
    async def enable_plugin(self, info: RegistrarInfo, input: EnablePluginInput) -> EnablePluginPayload:
        run, errors, plugin = await _set_state(info, ENABLE_PLUGIN, input)
        return EnablePluginPayload(run=run, errors=errors, plugin=plugin)

    @described("Hold a plugin: no tokens, no deliveries; nothing is lost.")
    async def disable_plugin(self, info: RegistrarInfo, input: DisablePluginInput) -> DisablePluginPayload:
        run, errors, plugin = await _set_state(info, DISABLE_PLUGIN, input)
        return DisablePluginPayload(run=run, errors=errors, plugin=plugin)

    @described("Give a plugin a new client secret, told in this answer alone; the old one ends at once.")
    async def rotate_plugin_secret(
        self, info: RegistrarInfo, input: RotatePluginSecretInput
    ) -> RotatePluginSecretPayload:
        run, errors, plugin = await _set_state(info, ROTATE_PLUGIN_SECRET, input)
        return RotatePluginSecretPayload(
            run=run,
            errors=errors,
            plugin=plugin,
            client_id=plugin.document.client_id if plugin else None,
            client_secret=_secret(info, run) if plugin else None,
        )


async def checked(info: RegistrarInfo, given: PluginManifestInput) -> Manifest | list[UserError]:
    """The manifest, or what is wrong with it by itself and with the catalog."""
    manifest = given.read()
    if not isinstance(manifest, Manifest):
        return manifest
    problems = await catalog_problems(info.context.store, manifest)
    return user_errors(problems) if problems else manifest


async def _set_state(
    info: RegistrarInfo, flow: Flow[PluginTag], input: PluginTagInput
) -> tuple[FlowRun | None, list[UserError], Plugin | None]:
    info.context.access.require_admin()
    outcome = await run_flow(info, flow, PluginTag(input.plugin_tag), input.idempotency_key)
    tag = result_of(outcome, "tag")
    return outcome.run, outcome.errors, await Plugin.load(info, tag) if tag else None


async def _dry_run(info: RegistrarInfo, manifest: Manifest) -> UpdatePluginPayload:
    document = await info.context.loaders.load(PluginDocument, manifest.tag)
    if document is None:
        return UpdatePluginPayload(errors=user_errors([no_plugin(manifest.tag, ("manifest", "tag"))]), changes=[])
    changes = _changes(list(differences(document, revised(document, manifest))))
    return UpdatePluginPayload(errors=[], changes=changes, plugin=Plugin.of(document))


def _changes(found: Sequence[Sequence[Any]]) -> list[PluginChange]:
    changes: list[PluginChange] = []
    for path, before, after in found:
        if path == "configSchema":
            before, after = read_schema(before), read_schema(after)
        changes.append(PluginChange(path=path, before=json_or_none(before), after=json_or_none(after)))
    return changes


def _secret(info: RegistrarInfo, run: FlowRun | None) -> str | None:
    return info.context.ports.vault.client_secret(run.id) if run is not None else None
