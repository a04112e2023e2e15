"""Plugins over GraphQL: registration, what is wrong with manifests, secrets, updates."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from flows.kinds import HookMerge
from registrar.catalog import AnnouncedHook, announce_hooks
from registrar.oauth.token_endpoint import TokenRequest
from tests.integration.registrar.conftest import MANIFEST, STOCK_CHANGED, Api


async def token_status(api: Api, client_id: str, secret: str) -> int:
    text = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = await api.issuer.respond(TokenRequest(f"Basic {text}", [("grant_type", "client_credentials")]))
    return answer.status


async def test_a_registered_plugin_signs_in_with_its_secret(api: Api, market: dict[str, Any]) -> None:
    assert market["errors"] == []
    assert market["run"]["status"] == "COMPLETED"
    assert await token_status(api, market["clientId"], market["clientSecret"]) == 200
    stored = await api.store.collection("registrar_plugins").find_one({"_id": "market"})
    assert stored is not None
    assert market["clientSecret"] not in str(stored)
    run = await api.store.collection("flows_runs").find_one({"_id": market["run"]["id"]})
    assert market["clientSecret"] not in str(run)


async def test_what_everybody_sees_of_a_plugin(api: Api, market: dict[str, Any]) -> None:
    data = await api.data(
        '{ plugin(tag: "market") { tag name enabled objTypes permissions configSchema problems '
        "hooks { id mode onFailure onDead timeoutMs echoes before after hook { kind targets payload } } } "
        "plugins { edges { node { tag } } } "
        'goods: plugins(objType: "Good") { edges { node { tag } } } '
        'items: plugins(objType: "Item") { edges { node { tag } } } none: plugin(tag: "nobody") { tag } }',
        user="eve",
    )
    plugin = data["plugin"]
    assert plugin["configSchema"] == MANIFEST["configSchema"]
    assert plugin["problems"] == []
    hook = plugin["hooks"][0]
    assert hook["hook"] == {
        "kind": "COMMIT",
        "targets": ["Good"],
        "payload": "CommerceAdjustStockCommitStockChanged",
    }
    assert (hook["mode"], hook["onFailure"], hook["onDead"], hook["echoes"]) == ("ASYNC", "FAIL", "BLOCK", False)
    assert [edge["node"]["tag"] for edge in data["plugins"]["edges"]] == ["market"]
    assert len(data["goods"]["edges"]) == 1
    assert data["items"]["edges"] == []
    assert data["none"] is None


async def test_a_repeated_registration_tells_the_same_secret(api: Api) -> None:
    input = {"manifest": MANIFEST, "idempotencyKey": "once"}
    first = await api.mutate("registerPlugin", input, "clientSecret", user="admin")
    second = await api.mutate("registerPlugin", input, "clientSecret", user="admin")
    assert first == second and first["clientSecret"]


async def test_a_taken_tag(api: Api, market: dict[str, Any]) -> None:
    again = await api.mutate("registerPlugin", {"manifest": MANIFEST}, "clientSecret plugin { tag }", user="admin")
    assert [error["code"] for error in again["errors"]] == ["TAG_TAKEN"]
    assert (again["clientSecret"], again["plugin"]) == (None, None)


async def test_only_admins_change_plugins(api: Api) -> None:
    inputs: dict[str, dict[str, Any]] = {
        "registerPlugin": {"manifest": MANIFEST},
        "updatePlugin": {"manifest": MANIFEST},
        "enablePlugin": {"pluginTag": "market"},
        "disablePlugin": {"pluginTag": "market"},
        "rotatePluginSecret": {"pluginTag": "market"},
    }
    for field, input in inputs.items():
        assert await api.code(field, input, user="ada") == "FORBIDDEN"
        assert await api.code(field, input, user=None) == "UNAUTHENTICATED"


async def test_wrong_manifests_name_what_is_wrong_and_where(api: Api) -> None:
    for changes, code, says, path in (
        ({"tag": "My_Plugin"}, "BAD_MANIFEST", "'My_Plugin' must match", ["manifest", "tag"]),
        ({"name": " "}, "BAD_MANIFEST", "name must have", ["manifest", "name"]),
        ({"objTypes": ["Good", "Car"]}, "BAD_MANIFEST", "'Car' cannot be connected", ["manifest", "objTypes", "1"]),
        ({"objTypes": ["Good", "Good"]}, "BAD_MANIFEST", "appears 2 times", ["manifest", "objTypes"]),
        ({"permissions": ["commerce.goods.eat"]}, "BAD_MANIFEST", "no permission", ["manifest", "permissions", "0"]),
        ({"maxInFlight": 0}, "BAD_MANIFEST", "maxInFlight is 0; from 1 to 1000", ["manifest", "maxInFlight"]),
        ({"maxInFlight": 1001}, "BAD_MANIFEST", "maxInFlight is 1001", ["manifest", "maxInFlight"]),
        ({"configSchema": {"type": "wrong"}}, "BAD_MANIFEST", "no JSON Schema", ["manifest", "configSchema"]),
        ({"configSchema": [1]}, "BAD_MANIFEST", "must be a JSON object", ["manifest", "configSchema"]),
        ({"configSchema": {"$ref": "http://x/y"}}, "BAD_MANIFEST", "refers to", ["manifest", "configSchema"]),
        ({"hooks": [{"id": "x", "mode": "SYNC"}]}, "BAD_MANIFEST", "no hook id", ["manifest", "hooks", "0", "id"]),
        (
            {"hooks": [{"id": "commerce_no_such_hook", "mode": "SYNC"}]},
            "UNKNOWN_HOOK",
            "No service has",
            ["manifest", "hooks", "0", "id"],
        ),
        ({"objTypes": ["Business"]}, "HOOK_NEVER_FIRES", "is about Good", ["manifest", "hooks", "0", "id"]),
        (
            {"hooks": [{"id": STOCK_CHANGED, "mode": "SYNC", "timeoutMs": 0}]},
            "BAD_MANIFEST",
            "timeoutMs",
            ["manifest", "hooks", "0", "timeoutMs"],
        ),
        (
            {"hooks": [{"id": STOCK_CHANGED, "mode": "SYNC", "before": ["market"]}]},
            "BAD_MANIFEST",
            "other plugins",
            ["manifest", "hooks", "0", "before"],
        ),
    ):
        payload = await api.mutate("registerPlugin", {"manifest": MANIFEST | changes}, "plugin { tag }", user="admin")
        assert payload["run"] is None and payload["plugin"] is None
        error = payload["errors"][0]
        assert (error["code"], error["field"]) == (code, path), error
        assert says in error["message"]


async def test_an_order_in_a_circle(api: Api) -> None:
    def manifest(tag: str, **order: list[str]) -> dict[str, Any]:
        return MANIFEST | {"tag": tag, "hooks": [{"id": STOCK_CHANGED, "mode": "SYNC", **order}]}

    for tag, order in (("a", {"before": ["b"]}), ("b", {"before": ["c"]})):
        done = await api.mutate("registerPlugin", {"manifest": manifest(tag, **order)}, "clientId", user="admin")
        assert done["errors"] == []
    refused = await api.mutate("registerPlugin", {"manifest": manifest("c", before=["a"])}, "clientId", user="admin")
    assert refused["errors"][0]["code"] == "ORDER_CIRCLE"
    for tag in "abc":
        assert tag in refused["errors"][0]["message"].split("circle: ")[1]


async def test_disabled_plugins_get_no_tokens(api: Api, market: dict[str, Any]) -> None:
    off = await api.mutate("disablePlugin", {"pluginTag": "market"}, "plugin { enabled }", user="admin")
    assert off["plugin"] == {"enabled": False}
    assert await token_status(api, "market", market["clientSecret"]) == 400
    with pytest.raises(LookupError, match="'market' is disabled"):
        await api.issuer.issue_plugin_token("market")
    on = await api.mutate("enablePlugin", {"pluginTag": "market"}, "plugin { enabled }", user="admin")
    assert on["plugin"] == {"enabled": True}
    assert await token_status(api, "market", market["clientSecret"]) == 200
    nobody = await api.mutate("disablePlugin", {"pluginTag": "nobody"}, "plugin { tag }", user="admin")
    assert nobody["errors"][0]["code"] == "NOT_FOUND"


async def test_a_rotated_secret_ends_the_old_one(api: Api, market: dict[str, Any]) -> None:
    rotated = await api.mutate("rotatePluginSecret", {"pluginTag": "market"}, "clientId clientSecret", user="admin")
    assert rotated["clientSecret"] != market["clientSecret"]
    assert await token_status(api, "market", market["clientSecret"]) == 401
    assert await token_status(api, "market", rotated["clientSecret"]) == 200


async def test_an_update_says_what_changes_and_a_dry_run_changes_nothing(api: Api, market: dict[str, Any]) -> None:
    changed = {"name": "Marketplace", "permissions": ["commerce.goods.read"], "maxInFlight": 4, "hooks": []}
    manifest = MANIFEST | changed
    selection = "changes { path before after } plugin { name maxInFlight }"
    dry = await api.mutate("updatePlugin", {"manifest": manifest, "dryRun": True}, selection, user="admin")
    assert dry["run"] is None
    assert [item["path"] for item in dry["changes"]] == ["name", "permissions", "maxInFlight", f"hooks.{STOCK_CHANGED}"]
    assert dry["changes"][2] == {"path": "maxInFlight", "before": None, "after": 4}
    assert dry["plugin"] == {"name": "Market", "maxInFlight": None}
    wet = await api.mutate("updatePlugin", {"manifest": manifest}, selection, user="admin")
    assert wet["changes"] == dry["changes"]
    assert wet["plugin"] == {"name": "Marketplace", "maxInFlight": 4}
    again = await api.mutate("updatePlugin", {"manifest": manifest}, selection, user="admin")
    assert again["changes"] == []
    nobody = await api.mutate("updatePlugin", {"manifest": manifest | {"tag": "nobody"}}, selection, user="admin")
    assert nobody["errors"][0]["code"] == "NOT_FOUND"


async def test_the_catalog_follows_what_services_announce(api: Api, market: dict[str, Any]) -> None:
    query = """{ hooks(service: "commerce") { id kind targets payload merge budgetMs deadlineMs quorum resultSchema }
                 plugin(tag: "market") { problems } }"""
    before = await api.data(query)
    assert [hook["id"] for hook in before["hooks"]] == [STOCK_CHANGED]
    other = AnnouncedHook(
        "commerce_setPrice_validate_before",
        ("Good",),
        "VALIDATE",
        "P",
        HookMerge.AMEND_IN_ORDER,
        700,
        9_000,
        {"$ref": "#/$defs/x", "$defs": {"x": {}}},
        2,
    )
    for _ in range(2):
        await announce_hooks(api.store, "commerce", [other])
    after = await api.data(query)
    assert after["hooks"] == [
        {
            "id": other.id,
            "kind": "VALIDATE",
            "targets": ["Good"],
            "payload": "P",
            "merge": "AMEND_IN_ORDER",
            "budgetMs": 700,
            "deadlineMs": 9_000,
            "quorum": 2,
            "resultSchema": {"$ref": "#/$defs/x", "$defs": {"x": {}}},
        }
    ]
    assert STOCK_CHANGED in after["plugin"]["problems"][0]
    await announce_hooks(api.store, "commerce", [AnnouncedHook(STOCK_CHANGED, ("Good", "Item"), "COMMIT", "P")])
    back = await api.data(query)
    assert [(hook["id"], hook["targets"]) for hook in back["hooks"]] == [(STOCK_CHANGED, ["Good", "Item"])]
    assert back["plugin"]["problems"] == []
