"""Who may do what: without a token next to nothing, with a bad one nothing, with a good one what is one's own."""

from __future__ import annotations

import time

import pytest

from tests.e2e import IN_STACK
from tests.e2e.foreign import signed
from tests.e2e.people import People
from tests.e2e.shop import Shop, nodes
from tests.support.gql import Caller, refusal, signed_in
from tests.support.tokens import SigningParty

pytestmark = IN_STACK

SUBGRAPHS = {
    "registrar": "me { id }",
    "commerce": "businesses { edges { node { id } } }",
    "market": "sellers { edges { node { id } } }",
    "supply": "companies { edges { node { id } } }",
    "accounting": "organizations { edges { node { id } } }",
}
EVERYWHERE = ("/graphql", *(f"/subgraphs/{name}/graphql" for name in SUBGRAPHS))
CREATE = """mutation { createBusiness(input: {name: "Nobody's"}) { errors { code } business { id } } }"""


async def test_without_a_token_only_the_schema_is_told(people: People) -> None:
    for path in EVERYWHERE:
        anybody = people.caller(None, path)
        assert await anybody.ask("{ __typename }") == {"__typename": "Query"}
        found = await anybody.ask("{ __schema { queryType { fields { name } } mutationType { name } } }")
        fields = {field["name"] for field in found["__schema"]["queryType"]["fields"]}
        wanted = SUBGRAPHS if path == "/graphql" else {path: SUBGRAPHS[path.split("/")[2]]}
        for query in wanted.values():
            assert query.split()[0] in fields
            answer = await anybody.post(f"{{ {query} }}")
            assert answer["data"] is None
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_without_a_token_a_subgraph_tells_its_sdl_and_no_entity(people: People) -> None:
    ada = await people.user("ada")
    (business,) = nodes((await ada.ask("{ businesses { edges { node { id name } } } }"))["businesses"])
    for name in SUBGRAPHS:
        anybody = people.caller(None, f"/subgraphs/{name}/graphql")
        assert "type Query" in (await anybody.ask("{ _service { sdl } }"))["_service"]["sdl"]
    entities = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Business { id name } } }"
    answer = await people.caller(None, "/subgraphs/commerce/graphql").post(
        entities, of=[{"__typename": "Business", "id": business["id"]}]
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert business["name"] not in str(answer)


async def test_without_a_token_nothing_is_changed(people: People, shop: Shop) -> None:
    good = await shop.good("tea", stock=5)
    anybody = people.caller(None)
    assert await anybody.codes(CREATE) == {"UNAUTHENTICATED"}
    adjust = "mutation ($id: ID!) { adjustStock(input: {goodId: $id, delta: -1}) { errors { code } } }"
    assert await anybody.codes(adjust, id=good) == {"UNAUTHENTICATED"}
    assert await shop.stock(good) == 5


async def test_without_a_token_no_subscription(people: People, shop: Shop) -> None:
    good = await shop.good("tea")
    anybody = people.caller(None)
    with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        async with anybody.runs_of("commerce", f"commerce:Good:{good}") as updates:
            await updates.next()


async def test_bob_does_not_see_what_is_adas(people: People) -> None:
    ada, bob, eve = [await people.user(name) for name in ("ada", "bob", "eve")]
    (business,) = nodes(
        (await ada.ask("{ businesses { edges { node { id goods { edges { node { id } } } } } } }"))["businesses"]
    )
    good = nodes(business["goods"])[0]["id"]
    query = "query ($id: ID!) { good(id: $id) { id stock connections { id } } }"
    seen = (await ada.ask(query, id=good))["good"]
    for stranger in (bob, eve):
        # What they may not see does not exist for them: null in queries,
        assert await stranger.ask(query, id=good) == {"good": None}
        # NOT_FOUND in mutations, as for what there never was.
        for id in (good, "neverThere"):
            adjust = (
                "mutation ($id: ID!) { adjustStock(input: {goodId: $id, delta: -1}) { errors { code } run { id } } }"
            )
            answer = await stranger.post(adjust, id=id)
            assert "NOT_FOUND" in codes_of(answer), answer
        connect = {"objectRef": f"commerce:Good:{good}", "pluginTag": "market"}
        given = "mutation ($input: ConnectPluginInput!) { connectPlugin(input: $input) { errors { code } run { id } } }"
        assert "NOT_FOUND" in codes_of(await stranger.post(given, input=connect))
    assert (await ada.ask(query, id=good))["good"] == seen
    assert nodes((await eve.ask("{ businesses { edges { node { id } } } }"))["businesses"]) == []


def codes_of(answer: dict[str, object]) -> set[str]:
    """The codes of an answer's errors, of the top level and of its one payload."""
    top = answer.get("errors") or []
    assert isinstance(top, list)
    codes = {error["extensions"]["code"] for error in top}
    data = answer.get("data")
    if isinstance(data, dict):
        codes |= {error["code"] for payload in data.values() if payload for error in payload["errors"]}
    return codes


async def test_a_token_of_a_trusted_issuer_is_taken(people: People, foreign: SigningParty) -> None:
    """So that what is refused below is refused for the reason given there."""
    carol = people.caller(signed(foreign, sub="carol"))
    me = (await carol.ask("{ me { id scopes } }"))["me"]
    assert me["id"] == f"carol@{foreign.issuer.removeprefix('http://')}"
    async with signed_in(carol.url, carol.token):
        pass


def expired(foreign: SigningParty) -> str:
    """A token whose time is over."""
    now = int(time.time())
    return signed(foreign, iat=now - 1200, exp=now - 600)


def for_others(foreign: SigningParty) -> str:
    """A token for another audience."""
    return signed(foreign, aud="elsewhere")


def forged(foreign: SigningParty) -> str:
    """A token that says it is of the issuer, signed with another key under the name of the issuer's."""
    other = SigningParty(issuer=foreign.issuer)
    return signed(other, header={"kid": foreign.key.kid})


def unsigned(foreign: SigningParty) -> str:
    """A token whose last part, the signature, was left out."""
    return signed(foreign).rpartition(".")[0] + "."


def of_nobody(foreign: SigningParty) -> str:
    """A well-made token of an issuer that nobody trusts."""
    return signed(SigningParty(issuer="http://127.0.0.1:9"))


REFUSED = [
    (expired, "expired"),
    (for_others, "audience"),
    (forged, "signature"),
    (unsigned, "signature"),
    (of_nobody, "not trusted"),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED, ids=[make.__name__ for make, _ in REFUSED])
async def test_a_bad_token_is_refused_everywhere(
    make: object, reason: str, people: People, foreign: SigningParty
) -> None:
    assert callable(make)
    token = make(foreign)
    for path, query in [("/graphql", "me { id }"), *((f"/subgraphs/{n}/graphql", q) for n, q in SUBGRAPHS.items())]:
        answer = await people.caller(token, path).post(f"{{ {query} }}")
        assert answer.get("data") is None
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
        assert reason in answer["errors"][0]["message"]
        code, said = await refusal(people.base + path, token)
        assert code == 4403
        assert reason in said
    assert await people.caller(token).codes(CREATE) == {"UNAUTHENTICATED"}


async def test_what_is_no_token_at_all_is_refused(people: People) -> None:
    for token in ("", "garbage", "a.b.c"):
        caller: Caller = people.caller(token)
        assert await caller.codes("{ me { id } }") == {"UNAUTHENTICATED"}
        assert await caller.codes("{ __typename }") == {"UNAUTHENTICATED"}
        code, said = await refusal(caller.url, token)
        assert code == 4403
        assert said


async def test_a_good_token_that_was_changed_is_refused(people: People) -> None:
    ada = await people.user("ada")
    assert ada.token is not None
    header, claims, signature = ada.token.split(".")
    changed = f"{header}.{claims}.{'A' * len(signature)}"
    assert await people.caller(changed).codes("{ me { id } }") == {"UNAUTHENTICATED"}
    assert (await refusal(ada.url, changed))[0] == 4403
