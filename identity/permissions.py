"""The permissions that exist: `service.resource.read|write` and `admin` (contract: Registrar)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ADMIN = "admin"

RESOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "commerce": ("businesses", "goods", "customers", "sales", "productions"),
        "market": ("sellers", "products", "offers", "orders"),
        "supply": ("companies", "items", "stages", "transforms"),
        "accounting": ("organizations", "accounts", "entries"),
        "registrar": ("connections",),
    }
)

PERMISSIONS: frozenset[str] = frozenset(
    {
        f"{service}.{resource}.{action}"
        for service, resources in RESOURCES.items()
        for resource in resources
        for action in ("read", "write")
    }
    | {ADMIN}
)


def is_permission(text: str) -> bool:
    """Whether `text` names a permission that exists."""
    return text in PERMISSIONS


def reading(permission: str) -> str:
    """The permission to read what `permission` is about: `….read` for `….write`."""
    head, _, action = permission.rpartition(".")
    return f"{head}.read" if action == "write" else permission
