"""Who one is, and roles that owners give."""

from __future__ import annotations

from typing import Any

from tests.integration.registrar.conftest import BUSINESS, GOOD, SELLER, Api

ROLE = "user { id objectRef } objectRef"
ME = "{ me { id name kind scopes user { id name objectRef connections { id } } roles { objectRef role } } }"


async def test_me(api: Api, market: dict[str, Any]) -> None:
    assert (await api.data(ME))["me"] == {
        "id": "ada",
        "name": "Ada",
        "kind": "USER",
        "scopes": [],
        "user": {"id": "ada", "name": "Ada", "objectRef": "registrar:User:ada", "connections": []},
        "roles": [{"objectRef": BUSINESS, "role": "OWNER"}, {"objectRef": SELLER, "role": "OWNER"}],
    }
    admin = (await api.data(ME, user="admin"))["me"]
    assert (admin["scopes"], admin["roles"]) == (["admin"], [])
    plugin = (await api.data(ME, plugin="market"))["me"]
    assert (plugin["id"], plugin["kind"], plugin["user"], plugin["roles"]) == ("market", "PLUGIN", None, [])
    assert plugin["scopes"] == ["commerce.goods.read", "market.offers.write"]


async def test_without_a_token_only_what_is_open(api: Api) -> None:
    answer = await api.send("{ __typename _service { sdl } }", user=None)
    assert "extend type" not in answer["data"]["_service"]["sdl"]
    for query in (ME, "{ hooks { id } }", "{ plugins { edges { node { tag } } } }", '{ plugin(tag: "x") { tag } }'):
        refused = await api.send(query, user=None)
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_owner_gives_and_takes_roles(api: Api) -> None:
    given = await api.mutate("grantRole", {"objectRef": BUSINESS, "userId": "bob", "role": "VIEWER"}, f"{ROLE} role")
    assert given["errors"] == []
    assert (given["user"]["id"], given["objectRef"], given["role"]) == ("bob", BUSINESS, "VIEWER")
    assert (await api.data(ME, user="bob"))["me"]["roles"] == [{"objectRef": BUSINESS, "role": "VIEWER"}]
    raised = await api.mutate("grantRole", {"objectRef": BUSINESS, "userId": "bob", "role": "MANAGER"}, "role")
    assert raised["role"] == "MANAGER"
    input = {"objectRef": BUSINESS, "userId": "eve", "role": "VIEWER"}
    assert await api.code("grantRole", input, user="bob") == "FORBIDDEN"
    taken = await api.mutate("revokeRole", {"objectRef": BUSINESS, "userId": "bob"}, ROLE)
    assert taken["user"]["id"] == "bob"
    assert (await api.data(ME, user="bob"))["me"]["roles"] == []
    again = await api.mutate("revokeRole", {"objectRef": BUSINESS, "userId": "bob"}, ROLE)
    assert again["errors"][0]["code"] == "NOT_FOUND"
    back = await api.mutate("grantRole", {"objectRef": BUSINESS, "userId": "bob", "role": "OWNER"}, "role")
    assert back["errors"] == []
    assert (await api.data(ME, user="bob"))["me"]["roles"] == [{"objectRef": BUSINESS, "role": "OWNER"}]


async def test_what_is_wrong_with_a_role(api: Api) -> None:
    for input, code, field in (
        ({"objectRef": GOOD, "userId": "bob", "role": "OWNER"}, "BAD_OBJECT_REF", ["objectRef"]),
        ({"objectRef": "x", "userId": "bob", "role": "OWNER"}, "BAD_OBJECT_REF", ["objectRef"]),
        ({"objectRef": "registrar:User:ada", "userId": "bob", "role": "OWNER"}, "BAD_OBJECT_REF", ["objectRef"]),
        ({"objectRef": BUSINESS, "userId": "b b", "role": "OWNER"}, "BAD_USER", ["userId"]),
        ({"objectRef": "commerce:Business:b9", "userId": "bob", "role": "OWNER"}, "NOT_FOUND", ["objectRef"]),
    ):
        payload = await api.mutate("grantRole", input, ROLE)
        assert [(error["code"], error["field"]) for error in payload["errors"]] == [(code, field)]
    stranger = await api.mutate("revokeRole", {"objectRef": BUSINESS, "userId": "ada"}, ROLE, user="eve")
    assert stranger["errors"][0]["code"] == "NOT_FOUND"
