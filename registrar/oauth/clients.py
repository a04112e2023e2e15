"""OAuth clients: every registered plugin is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin

from registrar.oauth.access_tokens import Grant
from registrar.oauth.secrets import verify_secret
from store import Store, translate_errors

AUTH_METHODS = ("client_secret_basic", "client_secret_post")
GRANT_TYPES = ("client_credentials",)
ALL_AUTHORIZATIONS = "*"
"""Every authorization that the plugin has when the token is used; a list would be out of date, and long."""

_NO_SECRET = f"scrypt$16384$8$1${'A' * 22}==${'A' * 43}="
"""A hash that no secret has, checked for unknown clients so that they take as long as a wrong secret."""


@dataclass(frozen=True)
class PluginClient(ClientMixin):  # type: ignore[misc]
    """A plugin as an OAuth client, read before the grant is validated; Authlib asks it synchronously."""

    client_id: str
    tag: str
    name: str
    permissions: tuple[str, ...]
    secret_hash: str
    enabled: bool

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PluginClient:
        """The client of a plugin's document."""
        return cls(
            client_id=document["client_id"],
            tag=document["_id"],
            name=document["name"],
            permissions=tuple(document["permissions"]),
            secret_hash=document["secret_hash"],
            enabled=bool(document["enabled"]),
        )

    def grant(self, scopes: tuple[str, ...]) -> Grant:
        """What a token of this client says."""
        return Grant(f"plugin:{self.tag}", self.client_id, scopes, self.name, (ALL_AUTHORIZATIONS,))

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes asked for where all are granted, all granted ones where none is asked for, else None."""
        if not scope or not scope.strip():
            return " ".join(self.permissions)
        asked = list(dict.fromkeys(scope.split()))
        return " ".join(asked) if set(asked) <= set(self.permissions) else None

    def check_client_secret(self, client_secret: str) -> bool:
        return verify_secret(client_secret, self.secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in GRANT_TYPES


def unknown_client(client_id: str) -> PluginClient:
    """A client that no secret opens."""
    return PluginClient(client_id, "", "", (), _NO_SECRET, False)


async def load_client(store: Store, client_id: str) -> PluginClient | None:
    """The client of that id, or None where there is none."""
    with translate_errors():
        found = await store.collection("registrar_plugins").find_one({"client_id": client_id})
    if found is None or found.get("deleted") or not found.get("secret_hash"):
        return None
    return PluginClient.from_document(found)
