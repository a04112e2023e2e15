"""`Plugin` and `Hook`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from flows.graphql.hook_fields import HookModeName as HookMode
from flows.graphql.types import to_datetime
from flows.kinds import HookMerge
from registrar.catalog import catalog_problems
from registrar.context import RegistrarInfo
from registrar.documents import HookDocument, ManifestHook, PluginDocument
from registrar.manifest import HookEntry, Manifest, manifest_problems, read_schema
from registrar.types.fields import described, json_or_none

strawberry.enum(HookMerge)


@strawberry.enum
class HookKind(Enum):
    VALIDATE = "VALIDATE"
    COMMIT = "COMMIT"


@strawberry.enum
class OnFailure(Enum):
    FAIL = "FAIL"
    CONTINUE = "CONTINUE"


@strawberry.enum
class OnDead(Enum):
    BLOCK = "BLOCK"
    SKIP = "SKIP"


@strawberry.type(description="A point in a service's flow at which connected plugins are called.")
class Hook:
    id: strawberry.ID
    service: str
    targets: list[str]
    kind: HookKind
    payload: str
    merge: HookMerge = strawberry.field(description="What the answers of several plugins make together.")
    budget_ms: int = strawberry.field(description="How long a caller waits for a SYNC plugin at most.")
    deadline_ms: int | None = strawberry.field(description="How long a run waits for ASYNC plugins; null: for ever.")
    quorum: int | None = strawberry.field(description="How many of the ASYNC plugins suffice; null: all must pass.")
    result_schema: JSON | None

    @classmethod
    def of(cls, document: HookDocument) -> Hook:
        """As announced by its service."""
        return cls(
            id=strawberry.ID(document.id),
            service=document.service,
            targets=document.targets,
            kind=HookKind(document.kind),
            payload=document.payload,
            merge=HookMerge(document.merge),
            budget_ms=document.budget_ms,
            deadline_ms=document.deadline_ms,
            quorum=document.quorum,
            result_schema=json_or_none(read_schema(document.result_schema)),
        )


@strawberry.type(description="A hook that a plugin wants to be called at, and how.")
class PluginHook:
    id: strawberry.ID
    mode: HookMode
    before: list[str]
    after: list[str]
    on_failure: OnFailure
    on_dead: OnDead
    timeout_ms: int | None
    echoes: bool

    @described("The hook as its service announced it; null where no service has it now.")
    async def hook(self, info: RegistrarInfo) -> Hook | None:
        found = await info.context.loaders.load(HookDocument, self.id)
        return Hook.of(found) if found is not None else None

    @classmethod
    def of(cls, hook: ManifestHook) -> PluginHook:
        """As the manifest has it."""
        return cls(
            id=strawberry.ID(hook.id),
            mode=HookMode(hook.mode),
            before=hook.before,
            after=hook.after,
            on_failure=OnFailure(hook.on_failure),
            on_dead=OnDead(hook.on_dead),
            timeout_ms=hook.timeout_ms,
            echoes=hook.echoes,
        )


@strawberry.federation.type(keys=["tag"], description="A program that can be connected to objects.")
class Plugin:
    tag: strawberry.ID
    name: str
    enabled: bool
    obj_types: list[str]
    permissions: list[str]
    hooks: list[PluginHook]
    config_schema: JSON | None
    max_in_flight: int | None = strawberry.field(
        description="ASYNC deliveries that all its workers may have in hand, over all services; null: no bound."
    )
    created_at: datetime
    document: strawberry.Private[PluginDocument]

    @described("What is wrong with its manifest now, such as hooks that no service has any more.")
    async def problems(self, info: RegistrarInfo) -> list[str]:
        manifest = manifest_of(self.document)
        found = [*manifest_problems(manifest), *await catalog_problems(info.context.store, manifest)]
        return [item.message for item in found]

    @classmethod
    def of(cls, document: PluginDocument) -> Plugin:
        """As stored."""
        return cls(
            tag=strawberry.ID(document.id),
            name=document.name,
            enabled=document.enabled,
            obj_types=document.obj_types,
            permissions=document.permissions,
            hooks=[PluginHook.of(hook) for hook in document.hooks],
            config_schema=json_or_none(read_schema(document.config_schema)),
            max_in_flight=document.max_in_flight,
            created_at=to_datetime(document.created_at),
            document=document,
        )

    @classmethod
    async def load(cls, info: RegistrarInfo, tag: str) -> Plugin | None:
        """The plugin of that tag; every signed-in caller may see it."""
        info.context.access.require_signed_in()
        found = await info.context.loaders.load(PluginDocument, tag)
        return cls.of(found) if found is not None else None

    @classmethod
    async def resolve_reference(cls, info: RegistrarInfo, tag: strawberry.ID) -> Plugin | None:
        return await cls.load(info, tag)


def manifest_of(document: PluginDocument) -> Manifest:
    """The manifest that a plugin was registered with."""
    return Manifest(
        tag=document.id,
        name=document.name,
        obj_types=document.obj_types,
        permissions=document.permissions,
        hooks=[HookEntry(**hook.model_dump()) for hook in document.hooks],
        config_schema=document.config_schema,
        max_in_flight=document.max_in_flight,
    )
