"""A gateway that stands alone and believes one issuer: its keys over HTTP, its tokens over every protocol."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import aiohttp
import pytest

from identity import RemoteKeys, TokenVerifier, TrustedIssuer, fixed_url, http_fetch
from izara.authorizing import TokenAuthorizer, open_verifier, token_settings
from izara.settings import Settings
from tests.integration.gateway.guarded import Guarded, guarded_gateway
from tests.integration.gateway.test_authorization import errors
from tests.support.issuer import RunningIssuer, running_issuer

AUDIENCE = "people-api"
EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
EMAILS = "{ people { email } }"
SHOWN = {"data": {"people": [{"email": "ada@example.org"}, {"email": "bob@example.org"}]}}


@asynccontextmanager
async def believing(issuer: RunningIssuer, **settings: Any) -> AsyncIterator[Guarded]:
    """The gateway as `izara serve gateway` makes it with these settings."""
    chosen = Settings(issuer=issuer.url, audience=AUDIENCE, **settings)
    async with open_verifier(chosen) as verifier:
        assert verifier is not None
        async with guarded_gateway(TokenAuthorizer(verifier)) as gateway:
            yield gateway


@pytest.fixture
async def issuer() -> AsyncIterator[RunningIssuer]:
    async with running_issuer() as running:
        yield running


def token(issuer: RunningIssuer, **changes: Any) -> str:
    return issuer.party.token(**{"aud": AUDIENCE, "sub": "4711", **changes}, header={"typ": "JWT"})


async def test_tokens_open_what_their_scopes_and_policies_name(issuer: RunningIssuer) -> None:
    async with believing(issuer, policies_claim="roles") as gateway:
        signed_in = token(issuer)
        for _ in range(3):
            assert await gateway.post(EMAILS, signed_in) == (200, SHOWN)
        _, body = await gateway.post("{ boss { salary notes } }", token(issuer, scp=["admin"], roles=["same_team"]))
        assert body == {"data": {"boss": {"salary": 20, "notes": "about bob"}}}
        _, body = await gateway.post("{ boss { notes } }", signed_in)
        assert errors(body) == [("boss.notes", "FORBIDDEN")]
        assert issuer.loads == 1


async def test_without_a_claim_for_policies_none_is_granted(issuer: RunningIssuer) -> None:
    async with believing(issuer) as gateway:
        _, body = await gateway.post("{ boss { notes } }", token(issuer, policies=["same_team"]))
        assert errors(body) == [("boss.notes", "FORBIDDEN")]


async def test_keys_may_be_at_an_address_of_their_own(issuer: RunningIssuer) -> None:
    async with running_issuer() as keys:
        keys.published = [issuer.party.key]
        async with believing(issuer, jwks_url=keys.jwks_url) as gateway:
            assert await gateway.post(EMAILS, token(issuer)) == (200, SHOWN)
    assert (issuer.loads, keys.loads) == (0, 1)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"aud": "izara"}, "for the audience 'izara', not for 'people-api'"),
    ({"exp": 1}, "expired"),
    ({"nbf": 4_102_444_800, "exp": 4_102_444_800}, "nbf"),
    ({"iss": "https://evil.example"}, "not trusted"),
]
OPERATIONS = ("{ people { name } }", "{ __typename }", "subscription { hired { name } }", "{ nothing }")


async def test_a_bad_token_is_refused_whatever_is_asked(issuer: RunningIssuer) -> None:
    async with believing(issuer) as gateway:
        for (changes, says), query, accept in product(BAD, OPERATIONS, ("application/json", EVENTS, MULTIPART)):
            async with gateway.stream(query, token(issuer, **changes), accept) as response:
                told = (response.status, response.reason, response.headers["www-authenticate"])
                assert told == (401, "Unauthorized", "Bearer"), (says, query, accept)
                (error,) = (await response.json())["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"
            assert says in error["message"]
        assert not gateway.requests
        assert not gateway.subscribed.is_set()


async def test_a_bad_token_closes_a_websocket(issuer: RunningIssuer) -> None:
    async with believing(issuer) as gateway, gateway.websocket() as socket:
        await socket.send("connection_init", payload={"Authorization": token(issuer, aud="izara")})
        code, reason = await socket.closed()
        assert (code, "audience" in reason) == (4403, True)


async def test_what_is_no_bearer_token_is_told_so(issuer: RunningIssuer) -> None:
    async with believing(issuer) as gateway:
        status, body = await gateway.post(EMAILS, "Basic YQ==")
    assert (status, "scheme 'Basic'" in body["errors"][0]["message"]) == (401, True)


async def test_clocks_may_differ_by_as_much_as_is_set(issuer: RunningIssuer) -> None:
    late = token(issuer, exp=int(time.time()) - 20)
    async with believing(issuer, token_leeway=60) as gateway:
        assert await gateway.post(EMAILS, late) == (200, SHOWN)
    async with believing(issuer) as gateway:
        assert (await gateway.post(EMAILS, late))[0] == 401


async def test_algorithms_that_are_not_set_are_refused(issuer: RunningIssuer) -> None:
    async with believing(issuer, token_algorithms=("RS256",)) as gateway:
        status, body = await gateway.post(EMAILS, token(issuer))
        assert (status, "'ES256' is not one of RS256" in body["errors"][0]["message"]) == (401, True)
    assert issuer.loads == 0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def timed(issuer: RunningIssuer, clock: Clock) -> AsyncIterator[Guarded]:
    """The same gateway, with a clock for the keys."""
    settings = token_settings(Settings(audience=AUDIENCE), None, (TrustedIssuer(issuer.url, admins=True),))
    async with aiohttp.ClientSession() as session:
        keys = RemoteKeys(fixed_url(issuer.jwks_url), http_fetch(session), max_age=600, floor=10, clock=clock)
        verifier = TokenVerifier(settings, None, trusted={issuer.url: keys})
        async with guarded_gateway(TokenAuthorizer(verifier)) as gateway:
            yield gateway


async def test_keys_may_be_rotated(issuer: RunningIssuer) -> None:
    clock = Clock()
    async with timed(issuer, clock) as gateway:
        old, unused = token(issuer), token(issuer)
        assert await gateway.post(EMAILS, old) == (200, SHOWN)
        issuer.rotate(keep=True)
        clock.now = 11
        assert await gateway.post(EMAILS, token(issuer)) == (200, SHOWN)
        assert await gateway.post(EMAILS, old) == (200, SHOWN)
        issuer.published = []
        clock.now = 700
        status, body = await gateway.post(EMAILS, unused)
        assert (status, "does not publish" in body["errors"][0]["message"]) == (401, True)


async def test_an_issuer_that_is_away_is_no_fault_of_the_token(issuer: RunningIssuer) -> None:
    issuer.status = 503
    async with believing(issuer) as gateway:
        for accept in ("application/json", EVENTS, MULTIPART):
            async with gateway.stream(EMAILS, token(issuer), accept) as response:
                assert (response.status, response.headers["retry-after"]) == (503, "1")
                (error,) = (await response.json())["errors"]
            assert error["extensions"]["code"] == "UNAVAILABLE"
            assert "status 503" in error["message"]
        assert (await gateway.post("{ people { name } }"))[0] == 200
        async with gateway.websocket() as socket:
            await socket.send("connection_init", payload={"Authorization": token(issuer)})
            code, reason = await socket.closed()
            assert (code, "status 503" in reason) == (1013, True)


async def test_nobody_listening_at_the_issuer_is_told_at_once() -> None:
    async with running_issuer() as gone:
        pass
    async with believing(gone) as gateway:
        status, body = await gateway.post(EMAILS, token(gone))
    assert (status, body["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
