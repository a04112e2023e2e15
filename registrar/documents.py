"""What the registrar stores; services read connections, plugins, authorizations and roles directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from flows.kinds import HookMerge
from identity import RoleDocument
from store import Index, VersionedDocument

PLUGINS = "registrar_plugins"
HOOKS = "registrar_hooks"
CONNECTIONS = "registrar_connections"
AUTHORIZATIONS = "registrar_authorizations"


class ConnectionStatus(StrEnum):
    """A connection that was ended is kept, so that it can be seen and taken up again."""

    ACTIVE = "ACTIVE"
    DISCONNECTED = "DISCONNECTED"


class AuthorizationStatus(StrEnum):
    """An authorization that was revoked is kept, without its secrets."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class ManifestHook(BaseModel):
    """A hook that a plugin wants to be called at, and how."""

    id: str
    mode: str
    before: list[str] = Field(default_factory=list)
    after: list[str] = Field(default_factory=list)
    on_failure: str = "FAIL"
    on_dead: str = "BLOCK"
    timeout_ms: int | None = None
    echoes: bool = False


class PluginDocument(VersionedDocument):
    """A plugin's manifest, whether it is enabled, and its credentials; the id is its tag."""

    name: str
    enabled: bool = True
    obj_types: list[str]
    permissions: list[str]
    hooks: list[ManifestHook]
    config_schema: str | None = None
    """JSON text: a schema's `$ref` would be read back as a MongoDB reference."""
    max_in_flight: int | None = None
    client_id: str
    secret_hash: str

    class Settings:
        name = PLUGINS


class HookDocument(VersionedDocument):
    """A hook that a service has announced; the id is the hook id."""

    service: str
    targets: list[str]
    kind: str
    payload: str
    merge: str = HookMerge.ALL_ARE_TOLD.value
    budget_ms: int = 0
    deadline_ms: int | None = None
    quorum: int | None = None
    result_schema: str | None = None
    """JSON text, as in PluginDocument."""

    class Settings:
        name = HOOKS


class StoredLink(BaseModel):
    """A named reference to an object on another side, or an address; `owner_ref` decides who may see the object."""

    name: str
    object_ref: str | None = None
    url: str | None = None
    owner_ref: str | None = None


class ConnectionDocument(VersionedDocument):
    """A plugin attached to one object; the id is `objectRef#pluginTag`."""

    object_ref: str
    owner_ref: str
    plugin_tag: str
    config: dict[str, Any] = Field(default_factory=dict)
    links: list[StoredLink] = Field(default_factory=list)
    on_failure: str | None = None
    """FAIL or CONTINUE in place of what the plugin's manifest says of its hooks; None: as that says."""
    status: ConnectionStatus = ConnectionStatus.ACTIVE
    connected_by: str
    connected_run: str = ""
    """The run that made or renewed the connection, once it has told the plugin so."""

    class Settings:
        name = CONNECTIONS


class AuthorizationDocument(VersionedDocument):
    """What an owner allows a plugin: on all that it owns, or on one connection."""

    owner_ref: str
    plugin_tag: str
    connection_id: str | None = None
    permissions: list[str]
    status: AuthorizationStatus = AuthorizationStatus.ACTIVE
    secrets: dict[str, str] = Field(default_factory=dict)
    """Sealed by the vault, by name; only the plugin is shown what is in them."""

    class Settings:
        name = AUTHORIZATIONS


class VaultDocument(VersionedDocument):
    """The key that seals secrets and derives client secrets."""

    key: str

    class Settings:
        name = "registrar_vault"


DOCUMENTS: Sequence[type[VersionedDocument]] = (
    PluginDocument,
    HookDocument,
    ConnectionDocument,
    AuthorizationDocument,
    VaultDocument,
    RoleDocument,
)

_BY_AGE = (("created_at", 1), ("_id", 1))

INDEXES: Mapping[str, Sequence[Index]] = {
    PLUGINS: (Index((("client_id", 1),), unique=True),),
    HOOKS: (Index((("service", 1),)),),
    CONNECTIONS: (
        Index((("object_ref", 1), *_BY_AGE)),
        Index((("owner_ref", 1), *_BY_AGE)),
        Index((("plugin_tag", 1), *_BY_AGE)),
    ),
    AUTHORIZATIONS: (Index((("owner_ref", 1), *_BY_AGE)), Index((("plugin_tag", 1), *_BY_AGE))),
    "identity_roles": (Index((("user_id", 1),)), Index((("object_ref", 1),))),
}
