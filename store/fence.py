"""A fence: an effect without a change, so that an older holder's write of the same step matches nothing."""

from __future__ import annotations

from pydantic import JsonValue

from store.clock import now_ms
from store.errors import translate_errors
from store.versioned import VersionedDocument
from store.writes import insert_new_id


async def write_fence(
    cls: type[VersionedDocument], id: str, *, version: int | None, effect_id: str, result: JsonValue
) -> bool:
    """Store the effect alone: version + 1, no other field changed.

    Args:
        version: the version that was read; None where there was no document, not even a tombstone.
            Then a tombstone is stored, so that a creation which is still under way finds the id taken.

    Returns:
        False where the document has moved on: read again.
    """
    effect = {"result": result}
    collection = cls.get_pymongo_collection()
    if version is None:
        tombstone = {"_id": id, "version": 1, "deleted": True, "created_at": now_ms()}
        return await insert_new_id(collection, {**tombstone, "effects": {effect_id: effect}, "outbox": {}})
    with translate_errors():
        answer = await collection.update_one(
            {"_id": id, "version": version},
            {"$set": {f"effects.{effect_id}": effect}, "$inc": {"version": 1}},
        )
    return answer.matched_count == 1
