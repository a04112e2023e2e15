"""When key sets are loaded, and when not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
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
from tests.support.issuer import running_issuer
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


async def test_keys_that_cannot_verify_are_no_hindrance() -> None:
    party = SigningParty()
    encrypting = {**make_key().as_dict(private=False), "use": "enc"}
    strange = [{"kty": "AKP", "kid": "new"}, {"kty": "RSA", "n": 5}, "text", encrypting]

    async def fetch(_: str) -> Any:
        return {"keys": [*strange, party.key.as_dict(private=False)]}

    keys = RemoteKeys(fixed_url("https://login.example/keys"), fetch)
    assert await keys.find(party.key.kid) is not None
    assert await keys.find(None) is not None
    assert await keys.find(str(encrypting["kid"])) is None


async def test_metadata_of_oauth_are_found_where_there_is_no_openid_connect() -> None:
    async with running_issuer("/.well-known/oauth-authorization-server") as issuer, aiohttp.ClientSession() as session:
        fetch = http_fetch(session)
        assert await RemoteKeys(discover_jwks_url(issuer.url, fetch), fetch).find(issuer.party.key.kid) is not None
        other = RemoteKeys(discover_jwks_url(f"{issuer.url}/realm", fetch), fetch)
        with pytest.raises(
            KeysUnavailable, match=r"realm/\.well-known.*oauth-authorization-server/realm cannot be read"
        ):
            await other.find("a")


async def test_an_issuer_that_keeps_silent_is_given_up_in_time() -> None:
    async with running_issuer() as issuer, aiohttp.ClientSession() as session:
        issuer.status = 0
        fetch = http_fetch(session)
        keys = RemoteKeys(fixed_url(issuer.jwks_url), fetch, seconds=0.05)
        for _ in range(3):
            with pytest.raises(KeysUnavailable, match=rf"no answer from {issuer.jwks_url} within 0.05 s"):
                await keys.find("a")
        assert issuer.loads == 1


async def test_a_key_that_could_not_be_looked_for_is_not_called_unknown() -> None:
    async with running_issuer() as issuer, aiohttp.ClientSession() as session:
        clock = Clock()
        keys = RemoteKeys(fixed_url(issuer.jwks_url), http_fetch(session), floor=10, clock=clock)
        known = issuer.party.key.kid
        assert await keys.find(known) is not None
        issuer.rotate()
        issuer.status, clock.now = 503, 10
        with pytest.raises(KeysUnavailable, match="status 503"):
            await keys.find(issuer.party.key.kid)
        assert await keys.find(known) is not None
        issuer.status, clock.now = 200, 20
        assert await keys.find(issuer.party.key.kid) is not None
        assert await keys.find(known) is None


async def test_known_keys_serve_while_they_are_loaded_again() -> None:
    party, clock, entered, go_on = SigningParty(), Clock(), asyncio.Event(), asyncio.Event()
    loads = 0

    async def load() -> KeySet:
        nonlocal loads
        loads += 1
        if loads > 1:
            entered.set()
            await go_on.wait()
        return await party.public()

    keys = LocalKeys(load, max_age=60, clock=clock)
    await keys.find(party.key.kid)
    clock.now = 61
    first = asyncio.create_task(keys.find(party.key.kid))
    await entered.wait()
    assert await keys.find(party.key.kid) is not None
    go_on.set()
    assert await first is not None
    assert loads == 2


async def test_a_key_set_without_end_is_not_read_to_it() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536
            await asyncio.sleep(0)  # Or the server never sees that its client has gone.

    async def keys(_: Request) -> Response:
        return StreamingResponse(endless())

    app = Starlette(routes=[Route("/keys", keys)])
    async with serving(app) as url, aiohttp.ClientSession() as session:
        with pytest.raises(KeysUnavailable, match="larger than 262144 bytes"):
            await RemoteKeys(fixed_url(f"{url}/keys"), http_fetch(session)).find("a")
