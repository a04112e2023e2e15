"""Watching the registrar's own runs, which are about objects of every service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.registrar.conftest import GOOD, Api
from tests.support.gql import signed_in
from tests.support.serving import serving

QUERY = "subscription ($ref: String!) { registrarRunUpdates(objectRef: $ref) { flow status } }"


async def first(api: Api, ref: str, user: str) -> dict[str, Any]:
    """The first answer to a user who watches an object."""
    async with serving(api.app) as url:
        token = await api.issuer.issue_user_token(user)
        async with signed_in(f"{url}/graphql", token) as socket:
            payload = {"query": QUERY, "variables": {"ref": ref}}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            answer: dict[str, Any] = json.loads(await socket.recv())["payload"]
    return answer


async def test_runs_about_another_services_object_are_watched_by_who_may_see_it(
    api: Api, market: dict[str, Any]
) -> None:
    connected = await api.mutate("connectPlugin", {"objectRef": GOOD, "pluginTag": "market"}, "connection { id }")
    assert connected["errors"] == []
    answer = await first(api, GOOD, "ada")
    assert answer["data"]["registrarRunUpdates"]["flow"] == "connectPlugin"


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        ("commerce:Good:neverThere", "NOT_FOUND"),
        ("registrar:User:bob", "NOT_FOUND"),
        ("commerce:Sale:s1", "BAD_USER_INPUT"),
        ("market:Good:g1", "BAD_USER_INPUT"),
        ("good", "BAD_USER_INPUT"),
    ],
)
async def test_what_is_not_to_be_seen_or_never_connected_is_told(api: Api, ref: str, code: str) -> None:
    (error,) = (await first(api, ref, "ada"))["errors"]
    assert error["extensions"]["code"] == code
    assert ref in error["message"] or ref.rpartition(":")[0] in error["message"]
