"""What owners allow plugins, what that lets them do, and who may read a secret."""

from __future__ import annotations

from typing import Any

import pytest

from identity import Access, Principal, PrincipalKind
from tests.integration.registrar.conftest import BUSINESS, GOOD, SELLER, Api

READ = "commerce.goods.read"
PLUGIN = Principal(PrincipalKind.PLUGIN, "market", "Market", frozenset({READ, "market.offers.write"}))
SELECTION = "authorization { id ownerRef permissions status secrets plugin { tag } connection { id } }"


async def authorize(api: Api, target: dict[str, str], permissions: list[str] | None = None, **more: Any) -> Any:
    who = {"user": more.pop("user")} if "user" in more else {}
    input = {"target": target, "pluginTag": "market", "permissions": permissions, **more}
    return await api.mutate("authorizePlugin", input, SELECTION, **who)


@pytest.fixture
async def connected(api: Api, market: dict[str, Any]) -> Api:
    payload = await api.mutate("connectPlugin", {"objectRef": GOOD, "pluginTag": "market"}, "connection { id }")
    assert payload["errors"] == []
    return api


async def test_an_owner_authorizes_for_all_it_owns_and_takes_it_back(connected: Api) -> None:
    given = await authorize(connected, {"ownerRef": BUSINESS}, [READ])
    assert given["errors"] == []
    authorization = given["authorization"]
    assert (authorization["ownerRef"], authorization["permissions"]) == (BUSINESS, [READ])
    assert (authorization["plugin"], authorization["connection"]) == ({"tag": "market"}, None)
    assert await Access(connected.store, PLUGIN).may(READ, BUSINESS, "commerce:Good:other")
    assert not await Access(connected.store, PLUGIN).may("market.offers.write", SELLER)
    revoked = await connected.mutate("revokeAuthorization", {"authorizationId": authorization["id"]}, SELECTION)
    assert revoked["authorization"]["status"] == "REVOKED"
    assert not await Access(connected.store, PLUGIN).may(READ, BUSINESS, GOOD)
    again = await authorize(connected, {"ownerRef": BUSINESS})
    assert again["authorization"]["id"] == authorization["id"]
    assert again["authorization"]["permissions"] == [READ, "market.offers.write"]
    assert again["authorization"]["status"] == "ACTIVE"


async def test_one_connection_is_authorized(connected: Api) -> None:
    id = f"{GOOD}#market"
    given = await authorize(connected, {"connectionId": id}, [READ])
    assert given["authorization"]["connection"] == {"id": id}
    assert await Access(connected.store, PLUGIN).may(READ, BUSINESS, GOOD)
    assert not await Access(connected.store, PLUGIN).may(READ, BUSINESS, "commerce:Good:other")
    query = f'{{ connection(id: "{id}") {{ authorization {{ permissions connection {{ id }} }} }} }}'
    shown = (await connected.data(query))["connection"]["authorization"]
    assert shown == {"permissions": [READ], "connection": {"id": id}}


async def test_a_connection_shows_the_authorization_that_it_uses(connected: Api) -> None:
    query = f'{{ connection(id: "{GOOD}#market") {{ authorization {{ ownerRef connection {{ id }} }} }} }}'

    async def used() -> Any:
        return (await connected.data(query))["connection"]["authorization"]

    assert await used() is None
    await authorize(connected, {"ownerRef": "registrar:User:ada"}, [READ])
    assert await used() == {"ownerRef": "registrar:User:ada", "connection": None}
    assert await Access(connected.store, PLUGIN).may(READ, BUSINESS, GOOD)
    await authorize(connected, {"ownerRef": BUSINESS}, [])
    assert await used() == {"ownerRef": BUSINESS, "connection": None}
    assert not await Access(connected.store, PLUGIN).may(READ, BUSINESS, GOOD)
    await authorize(connected, {"connectionId": f"{GOOD}#market"}, [READ])
    assert await used() == {"ownerRef": BUSINESS, "connection": {"id": f"{GOOD}#market"}}


async def test_secrets_are_for_the_plugin_alone(connected: Api) -> None:
    given = await authorize(connected, {"ownerRef": BUSINESS}, [READ], secrets={"apiKey": "sesame-42"})
    assert given["errors"] == []
    assert given["authorization"]["secrets"] is None
    query = "{ authorizations { edges { node { secrets } } } }"
    for user in ("ada", "admin"):
        edges = (await connected.data(query, user=user))["authorizations"]["edges"]
        assert [edge["node"]["secrets"] for edge in edges] == [None]
    edges = (await connected.data(query, plugin="market"))["authorizations"]["edges"]
    assert [edge["node"]["secrets"] for edge in edges] == [{"apiKey": "sesame-42"}]
    for name in ("registrar_authorizations", "flows_runs"):
        assert "sesame-42" not in str(await connected.store.collection(name).find({}).to_list())
    kept = await authorize(connected, {"ownerRef": BUSINESS}, [])
    assert kept["errors"] == []
    edges = (await connected.data(query, plugin="market"))["authorizations"]["edges"]
    assert [edge["node"]["secrets"] for edge in edges] == [{"apiKey": "sesame-42"}]
    await connected.mutate("revokeAuthorization", {"authorizationId": kept["authorization"]["id"]}, SELECTION)
    edges = (await connected.data(query, plugin="market"))["authorizations"]["edges"]
    assert [edge["node"]["secrets"] for edge in edges] == [{}]


async def test_the_same_secret_under_the_same_key_is_the_same_request(connected: Api) -> None:
    first = await authorize(connected, {"ownerRef": BUSINESS}, [READ], secrets={"k": "v"}, idempotencyKey="1")
    second = await authorize(connected, {"ownerRef": BUSINESS}, [READ], secrets={"k": "v"}, idempotencyKey="1")
    assert first == second


async def test_lists_of_authorizations(connected: Api) -> None:
    await authorize(connected, {"ownerRef": BUSINESS}, [READ])
    await authorize(connected, {"ownerRef": SELLER}, [])
    query = "query A($ownerRef: String) { authorizations(ownerRef: $ownerRef) { edges { node { ownerRef } } } }"

    async def owners(owner_ref: str | None = None, **who: Any) -> list[str]:
        found = await connected.data(query, {"ownerRef": owner_ref}, **who)
        return [edge["node"]["ownerRef"] for edge in found["authorizations"]["edges"]]

    assert await owners() == [BUSINESS, SELLER]
    assert await owners(SELLER) == [SELLER]
    assert await owners(user="eve") == []
    assert await owners(BUSINESS, user="eve") == []
    assert await owners(user="admin") == [BUSINESS, SELLER]
    assert await owners(plugin="market") == [BUSINESS, SELLER]


async def test_who_may_not_authorize(connected: Api) -> None:
    await connected.role(BUSINESS, "max", "MANAGER")
    input = {"target": {"ownerRef": BUSINESS}, "pluginTag": "market"}
    assert await connected.code("authorizePlugin", input, user=None) == "UNAUTHENTICATED"
    assert await connected.code("authorizePlugin", input, user="max") == "FORBIDDEN"
    for target in ({"ownerRef": BUSINESS}, {"connectionId": f"{GOOD}#market"}):
        stranger = await authorize(connected, target, user="eve")
        assert [error["code"] for error in stranger["errors"]] == ["NOT_FOUND"]
        assert stranger["run"] is None
    mine = (await authorize(connected, {"ownerRef": BUSINESS}))["authorization"]["id"]
    revoked = await connected.mutate("revokeAuthorization", {"authorizationId": mine}, SELECTION, user="eve")
    assert [error["code"] for error in revoked["errors"]] == ["NOT_FOUND"]
    assert (await authorize(connected, {"ownerRef": "registrar:User:eve"}, user="eve"))["errors"] == []


async def test_bad_input_names_what_is_wrong_and_where(connected: Api) -> None:
    good: dict[str, Any] = {"target": {"ownerRef": BUSINESS}, "pluginTag": "market"}
    for changes, code, says, field in (
        ({"permissions": ["x"]}, "BAD_PERMISSION", "'x' is no permission", ["permissions", "0"]),
        ({"permissions": ["admin"]}, "BAD_PERMISSION", "not an owner's", ["permissions", "0"]),
        ({"permissions": ["commerce.sales.read"]}, "PERMISSION_NOT_ASKED", "does not ask for", ["permissions"]),
        ({"pluginTag": "nobody"}, "NOT_FOUND", "no plugin 'nobody'", ["pluginTag"]),
        ({"target": {"ownerRef": "x"}}, "BAD_OBJECT_REF", "no object ref", ["target", "ownerRef"]),
        ({"target": {"ownerRef": GOOD}}, "NOT_AN_OWNER", "owns nothing", ["target", "ownerRef"]),
        ({"target": {"connectionId": "x"}}, "NOT_FOUND", "names nothing", ["target", "connectionId"]),
        (
            {"target": {"connectionId": f"{GOOD}#market"}, "pluginTag": "other"},
            "OTHER_PLUGIN",
            "of plugin 'market'",
            ["pluginTag"],
        ),
        ({"secrets": ["x"]}, "BAD_SECRETS", "an object", ["secrets"]),
        ({"secrets": {"a": 1}}, "BAD_SECRETS", "'a' must be a string", ["secrets"]),
        ({"secrets": {"a.b": "x"}}, "BAD_SECRETS", "'a.b' cannot name", ["secrets"]),
        ({"secrets": {"a": "x" * 9000}}, "BAD_SECRETS", "at most 8192", ["secrets"]),
    ):
        payload = await connected.mutate("authorizePlugin", good | changes, SELECTION)
        assert payload["authorization"] is None
        error = payload["errors"][0]
        assert (error["code"], error["field"]) == (code, field), error
        assert says in error["message"], error
    none = await connected.mutate("revokeAuthorization", {"authorizationId": "x"}, SELECTION)
    assert none["errors"][0]["code"] == "NOT_FOUND"
    both = await connected.send(
        "mutation M($input: AuthorizePluginInput!) { authorizePlugin(input: $input) { errors { code } } }",
        {"input": good | {"target": {"ownerRef": BUSINESS, "connectionId": "x"}}},
    )
    assert "exactly one" in both["errors"][0]["message"].lower()
