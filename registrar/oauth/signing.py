"""The keys that sign access tokens: kept in the store, made once, rotated with an overlap.

A new key is published before it signs, so verifiers that cached the set know it by then; an old one stays
published until the last token that it signed has ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from joserfc.jwk import ECKey, KeySet

from store import Store, insert_unique, translate_errors

ALGORITHM = "ES256"
COLLECTION = "registrar_signing_keys"

_DOCUMENT = "signing"
_DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class Rotation:
    """How long things last, in milliseconds.

    Args:
        sign_for: a key signs for this long.
        publish_before: a key is published this long before it signs; more than verifiers cache a key set.
        keep_after: a key stays published this long after another has taken over; more than a token lives.
    """

    sign_for: int = 30 * _DAY
    publish_before: int = 3600 * 1000
    keep_after: int = _DAY


@dataclass(frozen=True)
class StoredKey:
    """A signing key and when it starts to sign."""

    kid: str
    jwk: dict[str, Any]
    active_from: int

    @property
    def key(self) -> ECKey:
        """The private key."""
        return ECKey.import_key(self.jwk)


@dataclass(frozen=True)
class Ring:
    """The keys at one moment; `version` grows with every change."""

    version: int
    keys: tuple[StoredKey, ...]

    def signing(self, now: int) -> StoredKey:
        """The key that signs at `now`: the latest that has started, or the first where none has."""
        started = [key for key in self.keys if key.active_from <= now]
        return max(started, key=lambda key: key.active_from) if started else self.keys[0]


def rotate(ring: Ring, now: int, rotation: Rotation, make: Callable[[int], StoredKey]) -> Ring:
    """The ring as it should be at `now`; the same ring where nothing is to be done. Pure but for `make`."""
    latest = max(ring.keys, key=lambda key: key.active_from)
    keys = ring.keys
    if now >= latest.active_from + rotation.sign_for - rotation.publish_before:
        keys = (*keys, make(now + rotation.publish_before))
    signing = replace(ring, keys=keys).signing(now)
    if now >= signing.active_from + rotation.keep_after:
        keys = tuple(key for key in keys if key.active_from >= signing.active_from)
    return ring if keys == ring.keys else Ring(ring.version + 1, keys)


def make_key(active_from: int) -> StoredKey:
    """A fresh P-256 key; its id is its RFC 7638 thumbprint."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    return StoredKey(str(key.kid), dict(key.as_dict(private=True)), active_from)


class SigningKeys:
    """The stored ring; every process of the registrar shares it by compare-and-set on its version.

    Args:
        store: where it is kept.
        rotation: how long things last.
        clock: milliseconds since the epoch.
        max_age: milliseconds for which a ring read from the store is used again.
    """

    def __init__(
        self,
        store: Store,
        rotation: Rotation | None = None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        max_age: int = 30_000,
    ) -> None:
        self._collection = store.collection(COLLECTION)
        self._rotation = rotation or Rotation()
        self._clock = clock
        self._max_age = max_age
        self._ring: Ring | None = None
        self._read_at = 0
        self._lock = asyncio.Lock()

    async def signing(self) -> StoredKey:
        """The key to sign with now."""
        return (await self._current()).signing(self._clock())

    async def public(self) -> KeySet:
        """All keys that verifiers should know, without their private parts."""
        ring = await self._current()
        return KeySet([ECKey.import_key(key.key.as_dict(private=False)) for key in ring.keys])

    async def _current(self) -> Ring:
        now = self._clock()
        async with self._lock:
            if self._ring is None or now - self._read_at >= self._max_age:
                self._ring = await self._read_rotated(now)
                self._read_at = now
            return self._ring

    async def _read_rotated(self, now: int) -> Ring:
        while True:
            ring = await self._read()
            if ring is None:
                first = Ring(1, (make_key(now),))
                await insert_unique(self._collection, {"_id": _DOCUMENT, **_encode(first)})
                continue
            rotated = rotate(ring, now, self._rotation, make_key)
            if rotated is ring:
                return ring
            with translate_errors():
                await self._collection.update_one(
                    {"_id": _DOCUMENT, "version": ring.version}, {"$set": _encode(rotated)}
                )

    async def _read(self) -> Ring | None:
        with translate_errors():
            found = await self._collection.find_one({"_id": _DOCUMENT})
        if found is None:
            return None
        keys = [StoredKey(kid, item["jwk"], item["active_from"]) for kid, item in found["keys"].items()]
        return Ring(found["version"], tuple(sorted(keys, key=lambda key: (key.active_from, key.kid))))


def _encode(ring: Ring) -> dict[str, Any]:
    keys = {key.kid: {"jwk": key.jwk, "active_from": key.active_from} for key in ring.keys}
    return {"version": ring.version, "keys": keys}
