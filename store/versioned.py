"""Versioned documents and the one way they are written: an effect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from beanie import Document, init_beanie
from pydantic import Field, JsonValue, ValidationError
from pydantic_core import PydanticSerializationError

from store.clock import now_ms
from store.connect import Store
from store.errors import translate_errors
from store.grouped import Grouped, GroupedWrites

D = TypeVar("D", bound="VersionedDocument")

_BOOKKEEPING = ("_id", "version", "effects", "outbox", "tidy_at")
_KEY = re.compile(r"[^.$\x00]+")


class VersionedDocument(Document):
    """A business document: its fields, a version for compare-and-set, and what its writes left behind.

    Subclasses name their collection: `class Settings: name = "commerce_goods"`. Values are stored as JSON:
    decimals and dates as strings, times as integer milliseconds, enums by value.

    Attributes:
        version: counts the effects; 0 before the first.
        deleted: a tombstone; the document keeps its id, version and effects.
        effects: by effect id `{"result": ..., and whose it is}`, until the run has recorded the step.
        outbox: by key, hooks whose deliveries may not exist yet.
        tidy_at: when somebody looks whether effects and entries can go; None where there is nothing to look for.
    """

    id: str  # type: ignore[assignment]
    version: int = 0
    created_at: int = Field(default_factory=now_ms)
    deleted: bool = False
    effects: dict[str, Any] = Field(default_factory=dict)
    outbox: dict[str, Any] = Field(default_factory=dict)
    tidy_at: int | None = None


@dataclass(frozen=True)
class Effect:
    """What a write leaves in its document beside the change.

    Attributes:
        id: of the effect; deterministic, so that who repeats the step finds it.
        result: what the step came to.
        about: whose it is, kept beside the result.
        outbox: entries by key.
        tidy_at: when somebody looks whether it can go.
        forget_effects, forget_outbox: ids and keys of earlier ones that can go with this write.
    """

    id: str
    result: JsonValue
    about: Mapping[str, Any] = field(default_factory=dict)
    outbox: Mapping[str, Any] = field(default_factory=dict)
    tidy_at: int | None = None
    forget_effects: Sequence[str] = ()
    forget_outbox: Sequence[str] = ()

    @property
    def stored(self) -> dict[str, Any]:
        """As it is kept under its id."""
        return {**self.about, "result": self.result}

    def forgotten(self) -> dict[str, str]:
        """What an update removes."""
        return {f"effects.{key}": "" for key in self.forget_effects} | {
            f"outbox.{key}": "" for key in self.forget_outbox
        }


async def init_documents(store: Store, documents: Sequence[type[VersionedDocument]]) -> None:
    """Bind the classes to this store; needed before one is made, read or written.

    Beanie keeps the binding on the class: the last store initialised wins, so a process has one.
    Indexes are `prepare`'s business.
    """
    with translate_errors():
        await init_beanie(store.database, document_models=list(documents), skip_indexes=True)


async def read_document(cls: type[D], id: str, grouped: Grouped | None = None) -> D | None:
    """The document, a tombstone too (look at `deleted`); None where there never was one."""
    if grouped is not None:
        raw = await grouped.finds(collection_of(cls)).find_one(id)
    else:
        with translate_errors():
            raw = await cls.get_pymongo_collection().find_one({"_id": id})
    return None if raw is None else parse_document(cls, raw)


async def read_page(cls: type[D], where: Mapping[str, Any], *, after: str | None, size: int) -> list[D]:
    """Up to `size` live documents that match `where`, in the order of their ids, from behind the id `after`."""
    behind = {} if after is None else {"_id": {"$gt": after}}
    with translate_errors():
        found = cls.get_pymongo_collection().find({**where, **behind, "deleted": False}).sort([("_id", 1)]).limit(size)
        return [parse_document(cls, raw) for raw in await found.to_list()]


async def count_documents(cls: type[VersionedDocument], where: Mapping[str, Any]) -> int:
    """How many live documents match `where`."""
    with translate_errors():
        return await cls.get_pymongo_collection().count_documents({**where, "deleted": False})


def collection_of(cls: type[VersionedDocument]) -> str:
    """The name of the class's collection, whether the class is bound to a store by now or not."""
    return str(cls.Settings.name)


def parse_document(cls: type[D], raw: dict[str, Any]) -> D:
    """The stored document as its class has it; raises pydantic's ValidationError where it does not fit."""
    document: D
    try:
        document = cls.model_validate(raw)
    except ValidationError:
        if not raw.get("deleted"):
            raise
        # A fence where nothing was ever created: a tombstone that has none of the class's own fields.
        document = cls.model_construct(**{"id" if name == "_id" else name: raw[name] for name in raw})
    return document


async def write_effect(cls: type[D], id: str, *, read: D | None, new: D, effect: Effect, grouped: Grouped) -> bool:
    """Write one effect: the fields that differ from `read`, its result, its outbox entries, version + 1.

    One write, filtered on the version that was read; `read` is None only where there is no document,
    not even a tombstone. Fields nobody changed are left alone, whatever another program stored in them.

    Returns:
        False where the document is no longer the one read: read again, and look for the effect's id first,
        because a retried write of our own can look lost after it was applied.

    Raises:
        DuplicateKey: another unique key of the document is taken.
        StoreUnavailable: the write may have happened; read again.
        ValueError: a key that cannot be a field name, a wrong id, or a value of a wrong type.
    """
    if new.id != id:
        raise ValueError(f"the new document's id {new.id!r} is not {id!r}")
    for key in (effect.id, *effect.outbox):
        _check_key(key)
    writes = grouped.writes(collection_of(cls))
    if read is None:
        document = {
            "_id": id,
            **_fields(new, checked=True),
            "version": 1,
            "effects": {effect.id: effect.stored},
            "outbox": dict(effect.outbox),
            "tidy_at": effect.tidy_at,
        }
        return await writes.insert(document)
    before, after = _fields(read, checked=False), _fields(new, checked=True)
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    changed[f"effects.{effect.id}"] = effect.stored
    changed |= {f"outbox.{key}": entry for key, entry in effect.outbox.items()}
    changed["tidy_at"] = effect.tidy_at
    return await update_version(writes, id, read.version, changed, effect)


async def update_version(
    writes: GroupedWrites, id: str, version: int, changed: Mapping[str, Any], effect: Effect
) -> bool:
    """Make the next version of a document out of this one; False where it is no longer the newest."""
    change: dict[str, Any] = {"$set": dict(changed), "$inc": {"version": 1}}
    if forgotten := effect.forgotten():
        change["$unset"] = forgotten
    return await writes.update(
        {"_id": id, "version": version}, change, lambda document: effect.id in document.get("effects", ())
    )


async def tidy_document(
    writes: GroupedWrites,
    id: str,
    version: int,
    effects: Iterable[str],
    outbox: Iterable[str],
    tidy_at: int | None,
) -> bool:
    """Forget effects that their runs have recorded and entries whose deliveries exist; the version stays.

    Args:
        tidy_at: when to look again; None where nothing is left.

    Returns:
        False where the document was written meanwhile: that write has set a later time to look.
    """
    paths = {}
    for name, keys in (("effects", effects), ("outbox", outbox)):
        for key in keys:
            _check_key(key)
            paths[f"{name}.{key}"] = ""
    change: dict[str, Any] = {"$set": {"tidy_at": tidy_at}}
    if paths:
        change["$unset"] = paths
    return await writes.update({"_id": id, "version": version}, change)


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
