"""A fence: an effect without a change, so that an older holder's write of the same step matches nothing."""

from __future__ import annotations

from store.clock import now_ms
from store.grouped import Grouped
from store.versioned import Effect, VersionedDocument, collection_of, update_version


async def write_fence(
    cls: type[VersionedDocument], id: str, *, version: int | None, effect: Effect, grouped: Grouped
) -> bool:
    """Store the effect alone: version + 1, no other field changed.

    Args:
        version: the version that was read; None where there was no document, not even a tombstone.
            Then a tombstone is stored, so that a creation which is still under way finds the id taken.

    Returns:
        False where the document has moved on: read again.
    """
    writes = grouped.writes(collection_of(cls))
    if version is None:
        tombstone = {"_id": id, "version": 1, "deleted": True, "created_at": now_ms()}
        effects = {effect.id: effect.stored}
        return await writes.insert({**tombstone, "effects": effects, "outbox": {}, "tidy_at": effect.tidy_at})
    changed = {f"effects.{effect.id}": effect.stored, "tidy_at": effect.tidy_at}
    return await update_version(writes, id, version, changed, effect)
