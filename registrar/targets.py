"""Ids that follow from what they are about."""

from __future__ import annotations

from flows.ids import hash_id


def authorization_id(target: str, plugin_tag: str) -> str:
    """The id of the authorization of that plugin for an owner (its ref) or for a connection (its id)."""
    return hash_id("authorization", target, plugin_tag)
