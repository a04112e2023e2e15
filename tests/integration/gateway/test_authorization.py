"""Fields that not everybody may see: left out before anything is planned, told at their places, never fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from gateway.pipeline.authorize import Authorize
from gateway.supergraph.authorization import Grants
from identity import LocalKeys, TokenSettings, TokenVerifier
from izara.authorizing import TokenAuthorizer
from tests.integration.gateway.guarded import Guarded, guarded_gateway
from tests.support.tokens import AUDIENCE, ISSUER, SigningParty

PARTY = SigningParty()


def with_policies() -> Authorize:
    """Real tokens; who is on the token's team may read notes."""
    by_token = token_authorizer()

    async def authorize(headers: Mapping[str, str], policies: frozenset[str]) -> Grants:
        assert policies == {"same_team"}
        grants = await by_token.ask(headers, policies)
        return Grants(grants.authenticated, grants.scopes, policies if "team" in grants.scopes else frozenset())

    return authorize


def token_authorizer() -> TokenAuthorizer:
    return TokenAuthorizer(TokenVerifier(TokenSettings(ISSUER, AUDIENCE), LocalKeys(PARTY.public)))


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[Guarded]:
    async with guarded_gateway(with_policies(), compiled=request.param) as running:
        yield running


def errors(body: Any) -> list[tuple[str, str]]:
    """Path and code of each error."""
    return [(".".join(map(str, error["path"])), error["extensions"]["code"]) for error in body["errors"]]


async def test_a_stranger_gets_nulls_and_errors_without_indices(gateway: Guarded) -> None:
    for _ in range(3):  # The second time the plan is known, the third time it would be compiled.
        status, body = await gateway.post("{ people { name mail: email } secrets }")
        assert status == 200
        assert body["data"] == {
            "people": [{"name": "ada", "mail": None}, {"name": "bob", "mail": None}],
            "secrets": None,
        }
        assert errors(body) == [("people.mail", "UNAUTHENTICATED"), ("secrets", "UNAUTHENTICATED")]
    assert "email" not in gateway.requests
    assert "secrets" not in gateway.requests


async def test_a_token_opens_what_its_scopes_name(gateway: Guarded) -> None:
    query = "{ people { email salary } }"
    _, body = await gateway.post(query, PARTY.token(scope="people.read"))
    assert body["data"] is None
    assert errors(body) == [("people.salary", "FORBIDDEN")]
    for scope in ("admin", "pay.read people.read"):
        _, body = await gateway.post(query, PARTY.token(scope=scope))
        assert body == {
            "data": {"people": [{"email": "ada@example.org", "salary": 10}, {"email": "bob@example.org", "salary": 20}]}
        }


async def test_a_null_travels_to_the_nearest_place_that_may_be_null(gateway: Guarded) -> None:
    _, body = await gateway.post("{ boss { name salary } treasure { gold } greeting: __typename }")
    assert body["data"] == {"boss": None, "treasure": None, "greeting": "Query"}
    assert errors(body) == [("boss.salary", "UNAUTHENTICATED"), ("treasure", "UNAUTHENTICATED")]


async def test_policies_are_asked_of_who_knows_them(gateway: Guarded) -> None:
    query = "{ boss { notes } }"
    assert (await gateway.post(query, PARTY.token(scope="team")))[1] == {"data": {"boss": {"notes": "about bob"}}}
    _, body = await gateway.post(query, PARTY.token())
    assert errors(body) == [("boss.notes", "FORBIDDEN")]


async def test_a_key_that_is_refused_still_leads_to_other_subgraphs_and_is_not_shown(gateway: Guarded) -> None:
    _, body = await gateway.post("{ boss { team id same: id } }")
    assert body["data"] == {"boss": None}
    assert {path for path, _ in errors(body)} == {"boss.id", "boss.same"}
    _, body = await gateway.post("{ boss { team } }")
    assert body == {"data": {"boss": {"team": "team 2"}}}


async def test_types_and_enums_guard_every_field_that_gives_them(gateway: Guarded) -> None:
    _, body = await gateway.post("{ mood treasure { __typename map } }")
    assert body["data"] == {"mood": None, "treasure": None}
    assert gateway.requests.count("treasure") == gateway.requests.count("mood") == 0
    _, body = await gateway.post("{ mood treasure { map } }", PARTY.token())
    assert body == {"data": {"mood": "GOOD", "treasure": {"map": "x"}}}


async def test_fragments_on_guarded_types_are_left_out_and_others_are_not(gateway: Guarded) -> None:
    query = """
        query ($on: Boolean!) { named { __typename name ... on Person { email @include(if: $on) ...Pay } } }
        fragment Pay on Person { salary @skip(if: $on) }
    """
    _, body = await gateway.post(query, on=True)
    assert body["data"]["named"] == [
        {"__typename": "Person", "name": "ada", "email": None},
        {"__typename": "Robot", "name": "r2"},
    ]
    assert errors(body) == [("named.email", "UNAUTHENTICATED")]
    _, body = await gateway.post(query, PARTY.token(scope="admin"), on=False)
    assert body["data"]["named"][0] == {"__typename": "Person", "name": "ada", "salary": 10}


async def test_a_refused_mutation_never_runs_and_its_neighbours_do(gateway: Guarded) -> None:
    mutation = 'mutation { dismiss(id: "1") greet }'
    _, body = await gateway.post(mutation, PARTY.token(scope="people.read"))
    assert body["data"] == {"dismiss": None, "greet": "hello"}
    assert errors(body) == [("dismiss", "FORBIDDEN")]
    assert "dismiss" not in gateway.requests
    _, body = await gateway.post(mutation, PARTY.token(scope="people.write"))
    assert body == {"data": {"dismiss": True, "greet": "hello"}}


async def test_a_bad_token_is_refused_as_a_whole(gateway: Guarded) -> None:
    status, body = await gateway.post("{ people { name } }", PARTY.token(exp=1))
    assert (status, body["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert not gateway.requests


async def test_a_subscription_that_is_refused_is_not_started(gateway: Guarded) -> None:
    async with gateway.websocket() as socket:
        await socket.sign_in()
        await socket.subscribe("1", "subscription { dismissed { name } }")
        message = await socket.receive()
        assert message["type"] == "error"
        assert errors({"errors": message["payload"]}) == [("dismissed", "UNAUTHENTICATED")]
    assert not gateway.requests


async def test_without_anybody_to_ask_nothing_is_granted() -> None:
    async with guarded_gateway(None) as gateway:
        _, body = await gateway.post("{ people { name email } }", PARTY.token())
        assert body["data"]["people"][0] == {"name": "ada", "email": None}
        assert errors(body) == [("people.email", "UNAUTHENTICATED")]


async def test_clients_with_equal_requests_get_their_own_answers() -> None:
    """What is remembered of a body belongs to what its client may see."""
    async with guarded_gateway(token_authorizer()) as gateway:
        token = PARTY.token()
        for _ in range(4):
            _, body = await gateway.post("{ people { email } }")
            assert errors(body) == [("people.email", "UNAUTHENTICATED")]
            _, body = await gateway.post("{ people { email } }", token)
            assert body == {"data": {"people": [{"email": "ada@example.org"}, {"email": "bob@example.org"}]}}
            _, body = await gateway.post("{ people { email salary } }", token)
            assert errors(body) == [("people.salary", "FORBIDDEN")]


@pytest.mark.parametrize(("authorizer", "tasks"), [(token_authorizer, 0), (with_policies, 3)])
async def test_a_client_that_is_known_costs_no_task(
    authorizer: Callable[[], Authorize | TokenAuthorizer], tasks: int
) -> None:
    started: list[asyncio.Task[Any]] = []

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        started.append(asyncio.Task(work, loop=loop, **options))
        return started[-1]

    async with guarded_gateway(authorizer()) as gateway:
        queries = ("{ boss { name email } }", "{ boss { name team badge salary } }", "{ secrets }")
        tokens = (None, PARTY.token(), PARTY.token(scope="admin"))
        for _ in range(3):
            for query in queries:
                for token in tokens:
                    await gateway.post(query, token)
        asyncio.get_running_loop().set_task_factory(factory)
        _, body = await gateway.post(queries[0], tokens[1])
        assert body == {"data": {"boss": {"name": "bob", "email": "bob@example.org"}}}
        for query in queries[:2]:
            await gateway.post(query)
        asyncio.get_running_loop().set_task_factory(None)
    assert [task.get_name() for task in started].count("request") == tasks
