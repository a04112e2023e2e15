"""Versioned documents and the one way they are written: an effect."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from beanie import Document, init_beanie
from pydantic import Field, JsonValue, ValidationError
from pydantic_core import PydanticSerializationError

from store.clock import now_ms
from store.connect import Store
from store.errors import translate_errors
from store.writes import insert_new_id

D = TypeVar("D", bound="VersionedDocument")

_BOOKKEEPING = ("_id", "version", "effects", "outbox")
_KEY = re.compile(r"[^.$\x00]+")


class VersionedDocument(Document):
    """A business document: its fields, a version for compare-and-set, and what its writes left behind.

    Subclasses name their collection: `class Settings: name = "commerce_goods"`. Values are stored as JSON:
    decimals and dates as strings, times as integer milliseconds, enums by value.

    Attributes:
        version: counts the effects; 0 before the first.
        deleted: a tombstone; the document keeps its id, version and effects.
        effects: by effect id `{"result": ...}`, until the run has recorded the step.
        outbox: by key, hooks whose deliveries do not exist yet.
    """

    id: str  # type: ignore[assignment]
    version: int = 0
    created_at: int = Field(default_factory=now_ms)
    deleted: bool = False
    effects: dict[str, Any] = Field(default_factory=dict)
    outbox: dict[str, Any] = Field(default_factory=dict)


async def init_documents(store: Store, documents: Sequence[type[VersionedDocument]]) -> None:
    """Bind the classes to this store; needed before one is made, read or written.

    Beanie keeps the binding on the class: the last store initialised wins, so a process has one.
    Indexes are `prepare`'s business.
    """
    with translate_errors():
        await init_beanie(store.database, document_models=list(documents), skip_indexes=True)


async def read_document(cls: type[D], id: str) -> D | None:
    """The document, a tombstone too (look at `deleted`); None where there never was one."""
    with translate_errors():
        raw = await cls.get_pymongo_collection().find_one({"_id": id})
    return None if raw is None else _parse(cls, raw)


def _parse(cls: type[D], raw: dict[str, Any]) -> D:
    document: D
    try:
        document = cls.model_validate(raw)
    except ValidationError:
        if not raw.get("deleted"):
            raise
        # A fence where nothing was ever created: a tombstone that has none of the class's own fields.
        document = cls.model_construct(**{"id" if name == "_id" else name: raw[name] for name in raw})
    return document


async def write_effect(
    cls: type[D],
    id: str,
    *,
    read: D | None,
    new: D,
    effect_id: str,
    result: JsonValue,
    outbox: Mapping[str, JsonValue],
) -> bool:
    """Write one effect: the fields that differ from `read`, its result, its outbox entries, version + 1.

    One write, filtered on the version that was read; `read` is None only where there is no document,
    not even a tombstone. Fields nobody changed are left alone, whatever another program stored in them.

    Returns:
        False where the document is no longer the one read: read again, and look for `effect_id` first,
        because a retried write of our own can look lost after it was applied.

    Raises:
        DuplicateKey: another unique key of the document is taken.
        StoreUnavailable: the write may have happened; read again.
        ValueError: a key that cannot be a field name, a wrong id, or a value of a wrong type.
    """
    if new.id != id:
        raise ValueError(f"the new document's id {new.id!r} is not {id!r}")
    for key in (effect_id, *outbox):
        _check_key(key)
    collection = cls.get_pymongo_collection()
    effect = {"result": result}
    if read is None:
        document = {
            "_id": id,
            **_fields(new, checked=True),
            "version": 1,
            "effects": {effect_id: effect},
            "outbox": dict(outbox),
        }
        return await insert_new_id(collection, document)
    before, after = _fields(read, checked=False), _fields(new, checked=True)
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    changed[f"effects.{effect_id}"] = effect
    changed |= {f"outbox.{key}": entry for key, entry in outbox.items()}
    with translate_errors():
        answer = await collection.update_one(
            {"_id": id, "version": read.version}, {"$set": changed, "$inc": {"version": 1}}
        )
    return answer.matched_count == 1


async def prune_effects(cls: type[VersionedDocument], id: str, effect_ids: Iterable[str]) -> None:
    """Forget effects whose step the run has recorded; the version stays."""
    await _unset(cls, id, "effects", effect_ids)


async def remove_outbox(cls: type[VersionedDocument], id: str, keys: Iterable[str]) -> None:
    """Remove outbox entries whose deliveries exist; the version stays."""
    await _unset(cls, id, "outbox", keys)


async def _unset(cls: type[VersionedDocument], id: str, field: str, keys: Iterable[str]) -> None:
    paths = {}
    for key in keys:
        _check_key(key)
        paths[f"{field}.{key}"] = ""
    if paths:
        with translate_errors():
            await cls.get_pymongo_collection().update_one({"_id": id}, {"$unset": paths})


def _fields(document: VersionedDocument, *, checked: bool) -> dict[str, Any]:
    """The document's own fields as they are stored; `checked` refuses a value not of its field's type.

    `model_copy(update=...)` does not validate, so what a step computed is looked at before it is stored.
    """
    try:
        dumped = document.model_dump(mode="json", by_alias=True, warnings="error" if checked else "none")
    except PydanticSerializationError as error:
        raise ValueError(f"{type(document).__name__} {document.id!r} cannot be stored: {error}") from error
    return {name: value for name, value in dumped.items() if name not in _BOOKKEEPING}


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} cannot name an effect or outbox entry: no dots, no $, not empty")
