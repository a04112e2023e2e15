"""Who calls, and what they may do: principals, bearer tokens, roles and permissions."""

import importlib
from typing import TYPE_CHECKING

from identity.bearer import authorization_of_connection_init, bearer_token
from identity.errors import (
    BAD_USER_INPUT,
    CONFLICT,
    FORBIDDEN,
    INTERNAL,
    NOT_FOUND,
    UNAUTHENTICATED,
    UNAVAILABLE,
    CodedError,
)
from identity.keys import FetchJson, KeyDirectory, KeySource, KeysUnavailable, LocalKeys, RemoteKeys, discover_jwks_url
from identity.permissions import ADMIN, PERMISSIONS, is_permission
from identity.principal import ANONYMOUS, Principal, PrincipalKind, user_ref
from identity.remote import fixed_url, http_fetch, trusted_keys
from identity.tokens import ALGORITHMS, KNOWN_ALGORITHMS, TokenSettings, TokenVerifier, TrustedIssuer

if TYPE_CHECKING:
    from identity.access import Access
    from identity.roles import IDENTITY_ROLES, Role, RoleDocument, owners_of, role_id

__all__ = [
    "ADMIN",
    "ALGORITHMS",
    "ANONYMOUS",
    "BAD_USER_INPUT",
    "CONFLICT",
    "FORBIDDEN",
    "IDENTITY_ROLES",
    "INTERNAL",
    "KNOWN_ALGORITHMS",
    "NOT_FOUND",
    "PERMISSIONS",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "Access",
    "CodedError",
    "FetchJson",
    "KeyDirectory",
    "KeySource",
    "KeysUnavailable",
    "LocalKeys",
    "Principal",
    "PrincipalKind",
    "RemoteKeys",
    "Role",
    "RoleDocument",
    "TokenSettings",
    "TokenVerifier",
    "TrustedIssuer",
    "authorization_of_connection_init",
    "bearer_token",
    "discover_jwks_url",
    "fixed_url",
    "http_fetch",
    "is_permission",
    "owners_of",
    "role_id",
    "trusted_keys",
    "user_ref",
]

_IN = {"Access": "access"} | dict.fromkeys(("IDENTITY_ROLES", "Role", "RoleDocument", "owners_of", "role_id"), "roles")


def __getattr__(name: str) -> object:
    """What needs the store is loaded when it is asked for: a gateway alone verifies tokens, and has no store."""
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"identity.{_IN[name]}"), name)
