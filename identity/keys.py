"""Where the keys come from that verify tokens: our own issuer in this process, or another's JWKS address."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

FetchJson = Callable[[str], Awaitable[Any]]
"""GET of a JSON document; raises anything where it cannot be had."""


class KeysUnavailable(Exception):
    """The keys of an issuer cannot be had at the moment; the message says from where and why."""


class KeySource(Protocol):
    """The public keys of one issuer."""

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id (or the only key, where a token names none); None where there is none.

        Raises KeysUnavailable where the keys cannot be had.
        """
        ...


class _CachedKeys:
    """A key set that is loaded again when it is old, and, not too often, when a key id is unknown to it.

    Unknown ids come with rotation, but also with forged tokens: the floor keeps those from making us load.
    """

    def __init__(
        self, load: Callable[[], Awaitable[KeySet]], max_age: float, floor: float, clock: Callable[[], float]
    ) -> None:
        self._load = load
        self._max_age = max_age
        self._floor = floor
        self._clock = clock
        self._keys: KeySet | None = None
        self._loaded_at = 0.0
        self._tried_at: float | None = None
        self._failure: str | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None) -> Key | None:
        if self._keys is None or (self._is_old() and not self._lock.locked()):
            await self._refresh()  # Meanwhile others go on with the keys that are known.
        key = self._lookup(kid)
        if key is None and (self._may_load() or self._lock.locked()):
            await self._refresh()
            key = self._lookup(kid)
        if key is None and self._failure is not None:
            raise KeysUnavailable(self._failure)  # It may be one of those that could not be loaded.
        return key

    def _is_old(self) -> bool:
        return self._clock() - self._loaded_at > self._max_age

    def _may_load(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= self._floor

    async def _refresh(self) -> None:
        async with self._lock:
            if not self._may_load():
                if self._keys is None and self._failure is not None:
                    raise KeysUnavailable(self._failure)
                return
            self._tried_at = self._clock()
            try:
                self._keys = await self._load()
            except asyncio.CancelledError:
                self._tried_at = None
                raise
            except KeysUnavailable as error:
                self._failure = str(error)
                if self._keys is None:
                    raise
            else:
                self._loaded_at = self._clock()
                self._failure = None

    def _lookup(self, kid: str | None) -> Key | None:
        keys = list(self._keys or ())
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.kid == kid), None)


class LocalKeys(_CachedKeys):
    """Keys of our own issuer, loaded in this process (from the store)."""

    def __init__(
        self,
        load: Callable[[], Awaitable[KeySet]],
        *,
        max_age: float = 60,
        floor: float = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(load, max_age, floor, clock)


class RemoteKeys(_CachedKeys):
    """Keys at an issuer's JWKS address (RFC 7517), fetched when first needed.

    Args:
        url: finds the address; see `discover_jwks_url` for issuers that publish it in their metadata.
        fetch: GET of a JSON document.
        seconds: in which the keys have to be there, the search for the address included.
    """

    def __init__(
        self,
        url: Callable[[], Awaitable[str]],
        fetch: FetchJson,
        *,
        max_age: float = 600,
        floor: float = 10,
        seconds: float = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        asked = ["the issuer's metadata"]

        async def load() -> KeySet:
            try:
                async with asyncio.timeout(seconds):
                    asked[0] = address = await url()
                    return _key_set(await _fetch(fetch, address), address)
            except TimeoutError as error:
                raise KeysUnavailable(f"no answer from {asked[0]} within {seconds:g} s") from error

        super().__init__(load, max_age, floor, clock)


def _key_set(document: Any, address: str) -> KeySet:
    """The keys of a document that can verify signatures; those of kinds that are not known are no hindrance.

    Source of that rule: RFC 7517 section 5.
    """
    found: list[Key] = []
    for item in document["keys"] if isinstance(document, dict) and isinstance(document.get("keys"), list) else ():
        with suppress(JoseError, ValueError, KeyError, TypeError):
            key = JWKRegistry.import_key(item)
            if item.get("use", "sig") == "sig":
                found.append(key)
    if not found:
        raise KeysUnavailable(f"{address} holds no key set that can be used")
    return KeySet(found)


def discover_jwks_url(issuer: str, fetch: FetchJson) -> Callable[[], Awaitable[str]]:
    """Finds `jwks_uri` in the issuer's metadata, which must name that same issuer.

    OpenID Connect's comes first, then OAuth's (RFC 8414), which has a place of its own.
    """
    parts = urlsplit(issuer)
    addresses = (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path.rstrip('/')}",
    )

    async def find() -> str:
        failures: list[str] = []
        for address in addresses:
            try:
                return _jwks_uri(await _fetch(fetch, address), address, issuer)
            except KeysUnavailable as error:
                failures.append(str(error))
        raise KeysUnavailable("; ".join(failures))

    return find


def _jwks_uri(document: Any, address: str, issuer: str) -> str:
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise KeysUnavailable(f"{address} is not the metadata of issuer {issuer!r}")
    url = document.get("jwks_uri")
    if not isinstance(url, str):
        raise KeysUnavailable(f"{address} names no jwks_uri")
    return url


async def _fetch(fetch: FetchJson, address: str) -> Any:
    try:
        return await fetch(address)
    except Exception as error:
        raise KeysUnavailable(f"{address} cannot be read: {error or type(error).__name__}") from error


KeyDirectory = Mapping[str, KeySource]
"""Key sources by issuer."""
