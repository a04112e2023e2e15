"""The authorization server over HTTP: what plugins and their authors see."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from pymongo import AsyncMongoClient
from starlette.applications import Starlette

from identity import PrincipalKind, RemoteKeys, TokenSettings, TokenVerifier
from registrar.oauth import Issuer, TokenIssuer, hash_secret, oauth_routes
from store import Store
from tests.support.serving import serving

SECRET = "s3cret:with/odd+signs%"
HASHED = hash_secret(SECRET)
PERMISSIONS = ["commerce.goods.read", "market.offers.write"]


@pytest.fixture
async def issuer(store: Store) -> Issuer:
    for tag, enabled in (("market", True), ("asleep", False)):
        await store.collection("registrar_plugins").insert_one(
            {
                "_id": tag,
                "client_id": tag,
                "name": tag.capitalize(),
                "enabled": enabled,
                "permissions": PERMISSIONS,
                "secret_hash": HASHED,
            }
        )
    return Issuer(store, TokenIssuer("http://localhost:4000", "izara"))


@pytest.fixture
async def url(issuer: Issuer) -> AsyncIterator[str]:
    async with serving(Starlette(routes=oauth_routes(issuer, development=True))) as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


def basic(client_id: str, secret: str) -> dict[str, str]:
    text = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


async def post(
    client: aiohttp.ClientSession, url: str, data: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any], Any]:
    async with client.post(f"{url}/oauth/token", data=data, headers=headers) as response:
        return response.status, await response.json(), response.headers


GRANT = {"grant_type": "client_credentials"}
POSTED = {**GRANT, "client_id": "market", "client_secret": SECRET}


async def test_client_secret_basic(client: aiohttp.ClientSession, url: str) -> None:
    status, body, headers = await post(client, url, GRANT, basic("market", SECRET))
    assert status == 200, body
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert body["scope"].split() == PERMISSIONS
    assert "refresh_token" not in body
    assert headers["Cache-Control"] == "no-store"


async def test_the_token_signs_the_plugin_in_by_the_published_keys(client: aiohttp.ClientSession, url: str) -> None:
    _, body, _ = await post(client, url, {**POSTED, "scope": "commerce.goods.read"})

    async def fetch(address: str) -> Any:
        async with client.get(address) as response:
            return await response.json()

    async def address() -> str:
        return str((await fetch(f"{url}/.well-known/oauth-authorization-server"))["jwks_uri"])

    verifier = TokenVerifier(TokenSettings("http://localhost:4000", "izara"), RemoteKeys(address, fetch))
    principal = await verifier.verify(f"Bearer {body['access_token']}")
    assert (principal.kind, principal.id, principal.name) == (PrincipalKind.PLUGIN, "market", "Market")
    assert principal.scopes == {"commerce.goods.read"}
    assert principal.authorizations is None


async def test_claims_of_rfc_9068(client: aiohttp.ClientSession, url: str) -> None:
    _, body, _ = await post(client, url, POSTED)
    head, payload, _ = body["access_token"].split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, payload))
    assert header["typ"] == "at+jwt" and header["alg"] == "ES256" and header["kid"]
    assert claims["iss"] == "http://localhost:4000" and claims["aud"] == "izara"
    assert claims["sub"] == "plugin:market" and claims["client_id"] == "market"
    assert claims["exp"] - claims["iat"] == 600 and claims["jti"]
    assert claims["authorizations"] == ["*"]


REFUSALS: list[tuple[Any, dict[str, str] | None, int, str, str]] = [
    (POSTED | {"client_secret": "wrong"}, None, 401, "invalid_client", "Unknown client or wrong secret"),
    (POSTED | {"client_id": "nobody"}, None, 401, "invalid_client", "Unknown client or wrong secret"),
    (GRANT, basic("market", "wrong"), 401, "invalid_client", "Unknown client or wrong secret"),
    (GRANT | {"client_id": "market"}, None, 401, "invalid_client", "Unknown client or wrong secret"),
    (GRANT, None, 401, "invalid_client", "No client credentials"),
    (GRANT, {"Authorization": "Basic %%%"}, 400, "invalid_request", "not base64"),
    (GRANT, {"Authorization": "Basic //4="}, 400, "invalid_request", "not base64"),
    (GRANT, {"Authorization": "Basic YWJj"}, 400, "invalid_request", "no colon"),
    (POSTED, basic("market", SECRET), 400, "invalid_request", "Two ways"),
    (POSTED | {"scope": "admin"}, None, 400, "invalid_scope", "was not granted: admin"),
    (POSTED | {"scope": "commerce.goods.read x"}, None, 400, "invalid_scope", "was not granted: x"),
    (POSTED | {"scope": 'a"b'}, None, 400, "invalid_scope", "not a list of names"),
    (POSTED | {"scope": "ü"}, None, 400, "invalid_scope", "not a list of names"),
    (POSTED | {"grant_type": "password"}, None, 400, "unsupported_grant_type", "password"),
    (POSTED | {"grant_type": "é\n"}, None, 400, "unsupported_grant_type", "not supported"),
    (POSTED | {"grant_type": ""}, None, 400, "invalid_request", "grant_type is missing"),
    (
        [*POSTED.items(), ("scope", "a"), ("scope", "b")],
        None,
        400,
        "invalid_request",
        "more than once",
    ),
    (
        b"\xff\xfe=1",
        {"Content-Type": "application/x-www-form-urlencoded"},
        400,
        "invalid_request",
        "form",
    ),
    (b"{}", {"Content-Type": "application/json"}, 400, "invalid_request", "x-www-form-urlencoded"),
    (POSTED | {"x": "y" * 20_000}, None, 400, "invalid_request", "larger than 16 KiB"),
    (POSTED | {"client_id": "asleep"}, None, 400, "unauthorized_client", "asleep is disabled"),
]


async def test_refusals(client: aiohttp.ClientSession, url: str) -> None:
    for data, headers, status, error, says in REFUSALS:
        got, body, answered = await post(client, url, data, headers)
        assert (got, body["error"]) == (status, error), (data, body)
        assert says in body["error_description"]
        assert answered["Cache-Control"] == "no-store"
        assert answered["Content-Type"] == "application/json"
        assert ("WWW-Authenticate" in answered) == (status == 401)


async def test_the_store_being_away_is_told(client: aiohttp.ClientSession, store: Store) -> None:
    async with AsyncMongoClient[dict[str, Any]]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50) as nowhere:
        away = replace(store, client=nowhere, database=nowhere["izara"])
        issuer = Issuer(away, TokenIssuer("http://localhost:4000", "izara"))
        async with serving(Starlette(routes=oauth_routes(issuer))) as url:
            status, body, _ = await post(client, url, POSTED)
    assert (status, body["error"]) == (503, "temporarily_unavailable")


async def test_metadata_names_only_what_is_there(client: aiohttp.ClientSession, url: str) -> None:
    async with client.get(f"{url}/.well-known/oauth-authorization-server") as response:
        metadata = await response.json()
    assert metadata["issuer"] == "http://localhost:4000"
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            async with client.get(value) as response:
                assert response.status in (200, 405), name


async def test_development_tokens_for_users_and_plugins(
    client: aiohttp.ClientSession, url: str, issuer: Issuer
) -> None:
    verifier = TokenVerifier(TokenSettings("http://localhost:4000", "izara"), issuer.key_source())
    async with client.get(f"{url}/oauth/dev-token") as response:
        assert (await response.json()) == {"users": ["admin", "ada", "bob", "eve"]}
    for body, ref, scopes in (
        ({"user": "ada"}, "user:ada", set[str]()),
        ({"user": "admin"}, "user:admin", {"admin"}),
        ({"plugin": "market", "scope": "commerce.goods.read"}, "plugin:market", {"commerce.goods.read"}),
    ):
        async with client.post(f"{url}/oauth/dev-token", json=body) as response:
            principal = await verifier.verify(f"Bearer {(await response.json())['access_token']}")
        assert (principal.ref, set(principal.scopes)) == (ref, scopes)


async def test_development_token_refusals(client: aiohttp.ClientSession, url: str) -> None:
    bodies: list[tuple[Any, str]] = [
        ({"user": "ada", "scope": "admin"}, "'admin' was not granted to user:ada"),
        ({"user": "a b"}, "cannot be a user"),
        ({"user": "ada", "plugin": "market"}, "Send one of"),
        ({}, "Send one of"),
        ({"user": 1}, "'user' must be a string"),
        ({"name": "ada"}, "'name' is not known"),
        ({"plugin": "nobody"}, "no plugin 'nobody'"),
        ({"plugin": "market", "scope": "nonsense"}, "'nonsense' does not exist"),
        ([], "JSON object"),
    ]
    for body, says in bodies:
        async with client.post(f"{url}/oauth/dev-token", json=body) as response:
            assert response.status == 400
            assert says in (await response.json())["error_description"]


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"X-Forwarded-For": "1.2.3.4"}, {"Forwarded": "for=1.2.3.4"}]
)
async def test_development_tokens_stay_on_this_machine(
    client: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> None:
    async with client.post(f"{url}/oauth/dev-token", json={"user": "admin"}, headers=headers) as response:
        assert response.status == 403
    async with client.post(f"{url}/oauth/dev-token", data='{"user":"admin"}') as response:
        assert response.status == 400


async def test_without_development_there_is_no_such_endpoint(client: aiohttp.ClientSession, issuer: Issuer) -> None:
    async with (
        serving(Starlette(routes=oauth_routes(issuer))) as url,
        client.post(f"{url}/oauth/dev-token", json={"user": "admin"}) as response,
    ):
        assert response.status == 404
