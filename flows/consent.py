"""Whether a connection still has what it works by: an authorization that was taken back stops its deliveries.

A connection uses its own authorization, else its owner's, else that of the user who connected it. One that never had
any is not stopped: its OWNER connected it and so let it be told, though it may do nothing. The registrar writes
authorizations; they are read here directly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from identity import user_ref
from store.grouped import GroupedFinds


class Consents:
    """Looks up the authorizations of connections, once for each plugin and owner."""

    def __init__(self, authorizations: GroupedFinds) -> None:
        self._authorizations = authorizations
        self._known: dict[tuple[str, str], list[dict[str, Any]]] = {}

    async def stands(self, connection: Mapping[str, Any]) -> bool:
        """Whether the connection has an authorization, or never had one that was taken back."""
        tag, owner = connection["plugin_tag"], connection["owner_ref"]
        used = [item for item in await self._of(tag, owner) if item.get("connection_id") in (None, connection["_id"])]
        if has_active(used):
            return True
        connector = str(connection.get("connected_by") or "")
        if connector.startswith("user:"):
            theirs = await self._of(tag, user_ref(connector.removeprefix("user:")))
            used += [item for item in theirs if item.get("connection_id") is None]
        return not used or has_active(used)

    async def _of(self, plugin_tag: str, owner_ref: str) -> list[dict[str, Any]]:
        key = (plugin_tag, owner_ref)
        if key not in self._known:
            rows = await self._authorizations.find(owner_ref)
            self._known[key] = [row for row in rows if row["plugin_tag"] == plugin_tag and not row.get("deleted")]
        return self._known[key]


def has_active(authorizations: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of them stands."""
    return any(item["status"] == "ACTIVE" for item in authorizations)
