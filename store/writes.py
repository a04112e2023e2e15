"""Single writes that both servers answer alike."""

from collections.abc import Mapping
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from store.errors import DuplicateKey, translate_errors


async def insert_unique(collection: AsyncCollection[dict[str, Any]], document: Mapping[str, Any]) -> bool:
    """Insert `document`; False where its `_id` or a unique key of it exists.

    A retried insert can meet its own first attempt: a caller for whom that matters re-reads and compares.

    Raises:
        StoreUnavailable: the server did not answer; the document may be there.
    """
    try:
        with translate_errors():
            await collection.insert_one(dict(document))
    except DuplicateKey:
        return False
    return True


async def insert_new_id(collection: AsyncCollection[dict[str, Any]], document: Mapping[str, Any]) -> bool:
    """Insert `document`; False where its `_id` exists.

    Raises:
        DuplicateKey: the `_id` is free, another unique key of the document is taken.
        StoreUnavailable: the server did not answer; the document may be there.
    """
    try:
        with translate_errors():
            await collection.insert_one(dict(document))
    except DuplicateKey:
        with translate_errors():
            if await collection.find_one({"_id": document["_id"]}, {"_id": 1}) is None:
                raise
        return False
    return True
