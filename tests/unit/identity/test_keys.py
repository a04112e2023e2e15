"""When key sets are loaded, and when not."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from identity import (
    KeysUnavailable,
    LocalKeys,
    RemoteKeys,
    TrustedIssuer,
    discover_jwks_url,
    fixed_url,
    http_fetch,
    trusted_keys,
)
from tests.support.serving import serving
from tests.support.tokens import SigningParty, make_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_rotated_key_is_found_but_unknown_ids_do_not_load_at_will() -> None:
    party, clock = SigningParty(), Clock()
    keys = LocalKeys(party.public, floor=10, clock=clock)
    assert await keys.find(party.key.kid) is not None
    party.key = make_key()
    assert await keys.find(party.key.kid) is None
    clock.now = 10
    assert await keys.find(party.key.kid) is not None
    for _ in range(100):
        assert await keys.find("forged") is None
    assert party.loads == 2


async def test_an_old_key_set_is_loaded_again_so_removed_keys_go() -> None:
    party, clock = SigningParty(), Clock()
    keys = LocalKeys(party.public, max_age=60, clock=clock)
    gone = party.key.kid
    await keys.find(gone)
    party.key = make_key()
    clock.now = 61
    assert await keys.find(gone) is None


async def test_callers_at_once_load_once() -> None:
    party = SigningParty()
    keys = LocalKeys(party.public)
    await asyncio.gather(*(keys.find(party.key.kid) for _ in range(20)))
    assert party.loads == 1


async def test_a_token_without_a_key_id_means_the_only_key() -> None:
    one = SigningParty()
    assert await LocalKeys(one.public).find(None) is not None

    async def two() -> KeySet:
        return KeySet([make_key(), make_key()])

    assert await LocalKeys(two).find(None) is None


async def test_an_issuer_that_is_away_keeps_its_known_keys() -> None:
    party, clock = SigningParty(), Clock()
    away = False

    async def load() -> KeySet:
        if away:
            raise KeysUnavailable("away")
        return await party.public()

    keys = LocalKeys(load, max_age=60, floor=1, clock=clock)
    await keys.find(party.key.kid)
    away, clock.now = True, 100
    assert await keys.find(party.key.kid) is not None


async def test_an_issuer_that_was_never_there_is_asked_again_after_the_floor() -> None:
    calls, clock = [0], Clock()

    async def load() -> KeySet:
        calls[0] += 1
        raise KeysUnavailable("away")

    keys = LocalKeys(load, floor=10, clock=clock)
    for _ in range(5):
        with pytest.raises(KeysUnavailable, match="away"):
            await keys.find("a")
    assert calls[0] == 1
    clock.now = 10
    with pytest.raises(KeysUnavailable):
        await keys.find("a")
    assert calls[0] == 2


async def test_a_caller_that_gives_up_leaves_no_empty_set_behind() -> None:
    party, entered = SigningParty(), asyncio.Event()

    async def load() -> KeySet:
        if not entered.is_set():
            entered.set()
            await asyncio.Event().wait()
        return await party.public()

    keys = LocalKeys(load, floor=1000)
    first = asyncio.create_task(keys.find(party.key.kid))
    await entered.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await keys.find(party.key.kid) is not None


async def test_keys_of_an_issuer_by_its_metadata() -> None:
    party = SigningParty()
    documents: dict[str, Any] = {
        "https://login.example/.well-known/openid-configuration": {
            "issuer": "https://login.example",
            "jwks_uri": "https://login.example/keys",
        },
        "https://login.example/keys": {"keys": [party.key.as_dict(private=False)]},
    }

    async def fetch(url: str) -> Any:
        return documents[url]

    keys = RemoteKeys(discover_jwks_url("https://login.example", fetch), fetch)
    assert await keys.find(party.key.kid) is not None


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({}, "cannot be read"),
        ({"metadata": {"issuer": "https://evil.example"}}, "not the metadata of issuer"),
        ({"metadata": {"issuer": "https://login.example"}}, "names no jwks_uri"),
        (
            {"metadata": {"issuer": "https://login.example", "jwks_uri": "k"}, "k": {"keys": "x"}},
            "no key set",
        ),
        ({"metadata": {"issuer": "https://login.example", "jwks_uri": "k"}, "k": []}, "no key set"),
    ],
)
async def test_an_issuer_whose_documents_are_wrong(documents: dict[str, Any], reason: str) -> None:
    async def fetch(url: str) -> Any:
        return documents["metadata" if url.endswith("openid-configuration") else url]

    keys = RemoteKeys(discover_jwks_url("https://login.example", fetch), fetch)
    with pytest.raises(KeysUnavailable, match=reason):
        await keys.find("a")


async def test_over_http_only_a_document_that_is_there_counts() -> None:
    party = SigningParty()

    async def keys(request: Request) -> Response:
        return JSONResponse({"keys": [party.key.as_dict(private=False)]})

    async def moved(request: Request) -> Response:
        return RedirectResponse("/keys")

    app = Starlette(routes=[Route("/keys", keys), Route("/moved", moved)])
    async with serving(app) as url, aiohttp.ClientSession() as session:
        fetch = http_fetch(session)
        assert await RemoteKeys(fixed_url(f"{url}/keys"), fetch).find(party.key.kid) is not None
        for path, reason in (("/moved", "status 307"), ("/none", "status 404")):
            with pytest.raises(KeysUnavailable, match=reason):
                await RemoteKeys(fixed_url(f"{url}{path}"), fetch).find("a")
    trusted = trusted_keys([TrustedIssuer("https://login.example")], fetch)
    assert list(trusted) == ["https://login.example"]
