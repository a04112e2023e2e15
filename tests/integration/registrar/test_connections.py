"""Connecting plugins to objects: rights, configs, links, what others see, and what the plugin is told."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from flows.records import DELIVERIES, DeliveryRecord, DeliveryStatus, RunStatus
from registrar.catalog import announce_hooks, announced
from registrar.documents import HOOKS, ConnectionDocument
from registrar.mutations import connection
from store import Effect, Grouped, write_fence
from tests.integration.registrar.conftest import BUSINESS, GOOD, MANIFEST, OFFER, SELLER, Api

CONNECTION = "connection { id objectRef status config plugin { tag } links { name objectRef url } }"
INPUT = {"objectRef": GOOD, "pluginTag": "market", "links": [{"name": "sellOffer", "objectRef": OFFER}]}


async def connect(api: Api, **changes: Any) -> dict[str, Any]:
    return await api.mutate("connectPlugin", INPUT | changes, CONNECTION)


async def test_an_owner_connects_a_plugin(api: Api, market: dict[str, Any]) -> None:
    payload = await connect(api, config={"limit": 3})
    assert payload["errors"] == []
    assert payload["run"]["status"] == "COMPLETED"
    assert payload["connection"] == {
        "id": f"{GOOD}#market",
        "objectRef": GOOD,
        "status": "ACTIVE",
        "config": {"limit": 3},
        "plugin": {"tag": "market"},
        "links": [{"name": "sellOffer", "objectRef": OFFER, "url": None}],
    }
    assert api.directory.asked[0][0] == GOOD
    assert str(api.directory.asked[0][1]).startswith("Bearer ")
    stored = await api.store.collection("registrar_connections").find_one({"_id": f"{GOOD}#market"})
    assert stored is not None
    assert (stored["owner_ref"], stored["connected_by"], stored["links"][0]["owner_ref"]) == (
        BUSINESS,
        "user:ada",
        SELLER,
    )


async def test_who_may_not_connect(api: Api, market: dict[str, Any]) -> None:
    await api.role(BUSINESS, "max", "MANAGER")
    assert await api.code("connectPlugin", INPUT, user=None) == "UNAUTHENTICATED"
    assert await api.code("connectPlugin", INPUT, user="max") == "FORBIDDEN"
    assert await api.code("connectPlugin", INPUT, user="eve") == "FORBIDDEN"
    assert await api.code("connectPlugin", INPUT, plugin="market") == "FORBIDDEN"
    unseen = await api.mutate("connectPlugin", INPUT | {"objectRef": "commerce:Good:g9"}, CONNECTION, user="eve")
    assert unseen["run"] is None and unseen["connection"] is None
    assert unseen["errors"] == [
        {"code": "NOT_FOUND", "message": "objectRef names nothing that you may see.", "field": ["objectRef"]}
    ]
    admin = await api.mutate("connectPlugin", INPUT, CONNECTION, user="admin")
    assert admin["errors"] == []


async def test_a_user_attaches_a_plugin_to_themself(api: Api) -> None:
    agent = MANIFEST | {"tag": "agent", "objTypes": ["User"], "hooks": []}
    await api.mutate("registerPlugin", {"manifest": agent}, "clientId", user="admin")
    input = {"objectRef": "registrar:User:eve", "pluginTag": "agent"}
    assert await api.code("connectPlugin", input, user="ada") == "FORBIDDEN"
    mine = await api.mutate("connectPlugin", input, CONNECTION, user="eve")
    assert mine["errors"] == []
    seen = await api.data('{ me { user { connections(pluginTag: "agent") { objectRef } } } }', user="eve")
    assert seen["me"]["user"]["connections"] == [{"objectRef": "registrar:User:eve"}]


async def test_a_repeated_connect_is_one(api: Api, market: dict[str, Any]) -> None:
    first = await connect(api, idempotencyKey="k")
    assert await connect(api, idempotencyKey="k") == first
    taken = await connect(api)
    assert [error["code"] for error in taken["errors"]] == ["ALREADY_CONNECTED"]
    other = await api.send(
        "mutation M($input: ConnectPluginInput!) { payload: connectPlugin(input: $input) { errors { code } } }",
        {"input": INPUT | {"idempotencyKey": "k", "links": []}},
    )
    assert other["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_bad_input_names_what_is_wrong_and_where(api: Api, market: dict[str, Any]) -> None:
    many = [{"name": f"l{n}", "url": "https://x.example"} for n in range(51)]
    for changes, code, says, field in (
        ({"objectRef": "good"}, "BAD_OBJECT_REF", "no object ref", ["objectRef"]),
        ({"objectRef": "market:Good:1"}, "BAD_OBJECT_REF", "cannot be connected to", ["objectRef"]),
        ({"objectRef": "commerce:Good:none"}, "NOT_FOUND", "names nothing", ["objectRef"]),
        ({"objectRef": SELLER}, "OBJ_TYPE_NOT_SUPPORTED", "connects to Good, Business", ["objectRef"]),
        ({"pluginTag": "nobody"}, "NOT_FOUND", "no plugin 'nobody'", ["pluginTag"]),
        ({"config": [1]}, "BAD_CONFIG", "JSON object", ["config"]),
        ({"config": {"limit": -1}}, "BAD_CONFIG", "config/limit: -1 is less than", ["config"]),
        ({"config": {"x": 1}}, "BAD_CONFIG", "'x' was unexpected", ["config"]),
        ({"config": {"$ref": 1}}, "BAD_CONFIG", "config/$ref: a field name", ["config"]),
        ({"config": {"limit": 10**30}}, "BAD_CONFIG", "config/limit: 1000", ["config"]),
        ({"links": [{"name": "a b", "url": "https://x.example"}]}, "BAD_LINK", "name a link", ["links", "0", "name"]),
        ({"links": [{"name": "a"}]}, "BAD_LINK", "one of objectRef and url", ["links", "0"]),
        (
            {"links": [{"name": "a", "url": "https://x.example", "objectRef": OFFER}]},
            "BAD_LINK",
            "one of objectRef and url",
            ["links", "0"],
        ),
        ({"links": [{"name": "a", "url": "javascript:x"}]}, "BAD_LINK", "http or https", ["links", "0", "url"]),
        ({"links": [{"name": "a", "objectRef": "x"}]}, "BAD_LINK", "no object ref", ["links", "0", "objectRef"]),
        (
            {"links": [{"name": "a", "url": "https://x.example"}, {"name": "a", "objectRef": OFFER}]},
            "BAD_LINK",
            "names two links",
            ["links", "1", "name"],
        ),
        (
            {"links": [{"name": "a", "objectRef": "market:SellOffer:none"}]},
            "NOT_FOUND",
            "names nothing",
            ["links", "0", "objectRef"],
        ),
        ({"links": many}, "BAD_LINK", "at most 50", ["links"]),
    ):
        payload = await connect(api, **changes)
        assert payload["connection"] is None
        error = payload["errors"][0]
        assert (error["code"], error["field"]) == (code, field), error
        assert says in error["message"], error
    await api.mutate("disablePlugin", {"pluginTag": "market"}, "plugin { tag }", user="admin")
    assert (await connect(api))["errors"][0]["code"] == "PLUGIN_DISABLED"


async def test_entities_of_other_services_show_their_connections(api: Api, market: dict[str, Any]) -> None:
    await connect(api)
    query = """
        query E($of: [_Any!]!) { _entities(representations: $of) {
          ... on Good { id connections { id links { name object { __typename ... on SellOffer { id } } } }
                        none: connections(pluginTag: "other") { id } }
          ... on Business { id connections { id } } } }
    """
    of = [
        {"__typename": "Good", "id": "g1"},
        {"__typename": "Good", "id": "g2"},
        {"__typename": "Business", "id": "b1"},
    ]
    seen = (await api.data(query, {"of": of}))["_entities"]
    assert seen[0]["connections"] == [
        {
            "id": f"{GOOD}#market",
            "links": [{"name": "sellOffer", "object": {"__typename": "SellOffer", "id": "o1"}}],
        }
    ]
    assert seen[0]["none"] == []
    assert [item["connections"] for item in seen[1:]] == [[], []]
    stranger = (await api.data(query, {"of": of}, user="eve"))["_entities"]
    assert [item["connections"] for item in stranger] == [[], [], []]


async def test_linked_objects_are_shown_to_those_who_may_see_them(api: Api, market: dict[str, Any]) -> None:
    await api.role(BUSINESS, "vera", "VIEWER")
    await connect(api, links=[{"name": "seller", "objectRef": SELLER}, {"name": "page", "url": "https://x.example/1"}])
    query = f'{{ connection(id: "{GOOD}#market") {{ links {{ name object {{ __typename }} }} }} }}'
    mine = (await api.data(query))["connection"]
    assert mine["links"] == [{"name": "seller", "object": {"__typename": "Seller"}}, {"name": "page", "object": None}]
    theirs = (await api.data(query, user="vera"))["connection"]
    assert theirs["links"][0]["object"] is None
    assert (await api.data(query, user="eve"))["connection"] is None
    plugin = (await api.data(query, plugin="market"))["connection"]
    assert plugin["links"][0]["object"] is None


async def test_lists_hold_what_the_caller_may_see(api: Api, market: dict[str, Any]) -> None:
    await api.role("commerce:Business:b2", "bob", "OWNER")
    api.directory.owners["commerce:Good:g2"] = "commerce:Business:b2"
    await api.mutate("registerPlugin", {"manifest": MANIFEST | {"tag": "other"}}, "clientId", user="admin")
    await connect(api)
    await connect(api, objectRef=BUSINESS, links=[])
    other = await api.mutate(
        "connectPlugin", {"objectRef": "commerce:Good:g2", "pluginTag": "market"}, CONNECTION, user="bob"
    )
    assert other["errors"] == []
    query = """
        query C($filter: ConnectionFilter, $first: Int! = 20, $after: String) {
          connections(filter: $filter, first: $first, after: $after) {
            edges { node { id } cursor } pageInfo { hasNextPage } } }
    """

    async def ids(filter: dict[str, Any] | None = None, **who: Any) -> list[str]:
        found = (await api.data(query, {"filter": filter}, **who))["connections"]
        return [edge["node"]["id"].split("#")[0] for edge in found["edges"]]

    assert await ids() == [GOOD, BUSINESS]
    assert await ids(user="bob") == ["commerce:Good:g2"]
    assert await ids(user="eve") == []
    assert len(await ids(user="admin")) == 3
    assert len(await ids(plugin="market")) == 3
    assert await ids({"objectRef": GOOD}) == [GOOD]
    assert await ids({"objectRef": GOOD}, user="bob") == []
    assert await ids({"service": "commerce"}) == [GOOD, BUSINESS]
    assert await ids({"service": "market"}) == []
    assert await ids({"pluginTag": "other"}) == []
    assert await ids({"pluginTag": "other"}, plugin="market") == []
    assert await ids({"status": "DISCONNECTED"}) == []
    page = (await api.data(query, {"first": 1}))["connections"]
    assert page["pageInfo"]["hasNextPage"]
    rest = (await api.data(query, {"first": 1, "after": page["edges"][0]["cursor"]}))["connections"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [f"{BUSINESS}#market"]
    bad = await api.send(query, {"first": 1000})
    assert bad["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_update_connection(api: Api, market: dict[str, Any]) -> None:
    await connect(api, config={"limit": 3})
    id = f"{GOOD}#market"
    changed = await api.mutate("updateConnection", {"connectionId": id, "config": {"limit": 4}}, CONNECTION)
    assert changed["connection"]["config"] == {"limit": 4}
    assert changed["connection"]["links"][0]["name"] == "sellOffer"
    emptied = await api.mutate("updateConnection", {"connectionId": id, "links": []}, CONNECTION)
    assert (emptied["connection"]["config"], emptied["connection"]["links"]) == ({"limit": 4}, [])
    bad = await api.mutate("updateConnection", {"connectionId": id, "config": {"limit": "x"}}, CONNECTION)
    assert bad["errors"][0]["code"] == "BAD_CONFIG"
    none = await api.mutate("updateConnection", {"connectionId": "nothing", "links": []}, CONNECTION)
    assert none["errors"][0]["code"] == "NOT_FOUND"
    stranger = await api.mutate("updateConnection", {"connectionId": id, "links": []}, CONNECTION, user="eve")
    assert stranger["errors"][0]["code"] == "NOT_FOUND"


async def test_a_connection_has_a_failure_policy_of_its_own_where_its_owner_says_so(
    api: Api, market: dict[str, Any]
) -> None:
    id, shown = f"{GOOD}#market", "connection { onFailure config }"
    await connect(api, config={"limit": 3})
    for given, then in (
        ({}, None),
        ({"onFailure": "CONTINUE"}, "CONTINUE"),
        ({"config": {"limit": 3}}, "CONTINUE"),
        ({"onFailure": "FAIL"}, "FAIL"),
        ({"onFailure": None}, None),
    ):
        updated = await api.mutate("updateConnection", {"connectionId": id, **given}, shown)
        assert (updated["errors"], updated["connection"]) == ([], {"onFailure": then, "config": {"limit": 3}})
    listed = "{ connections { edges { node { onFailure } } } }"
    await api.mutate("updateConnection", {"connectionId": id, "onFailure": "CONTINUE"}, shown, user="admin")
    assert (await api.data(listed, plugin="market"))["connections"]["edges"] == [{"node": {"onFailure": "CONTINUE"}}]
    stored = await api.store.collection("registrar_connections").find_one({"_id": id})
    assert stored is not None and stored["on_failure"] == "CONTINUE"
    # Nobody else decides that.
    await api.role(BUSINESS, "max", "MANAGER")
    assert await api.code("updateConnection", {"connectionId": id, "onFailure": "FAIL"}, user="max") == "FORBIDDEN"
    for who in ({"user": "eve"}, {"plugin": "market"}):
        refused = await api.mutate("updateConnection", {"connectionId": id, "onFailure": "FAIL"}, shown, **who)
        assert refused["errors"][0]["code"] == "NOT_FOUND"
    query = "mutation M($input: UpdateConnectionInput!) { updateConnection(input: $input) { errors { code } } }"
    wrong = await api.send(query, {"input": {"connectionId": id, "onFailure": "PARK"}})
    assert "'PARK' does not exist in 'OnFailure'" in wrong["errors"][0]["message"]
    # Taken up again without one, it has its plugin's.
    await api.mutate("disconnectPlugin", {"connectionId": id}, shown)
    assert (await api.mutate("connectPlugin", INPUT, shown))["connection"] == {"onFailure": None, "config": {}}


async def test_a_connection_is_ended_and_taken_up_again(api: Api, market: dict[str, Any]) -> None:
    await connect(api, config={"limit": 3})
    id = f"{GOOD}#market"
    stranger = await api.mutate("disconnectPlugin", {"connectionId": id}, CONNECTION, user="eve")
    assert stranger["errors"][0]["code"] == "NOT_FOUND"
    ended = await api.mutate("disconnectPlugin", {"connectionId": id}, CONNECTION)
    assert ended["connection"]["status"] == "DISCONNECTED"
    assert (
        await api.data(
            '{ _entities(representations: [{__typename: "Good", id: "g1"}]) { ... on Good { connections { id } } } }'
        )
    )["_entities"] == [{"connections": []}]
    again = await api.mutate("disconnectPlugin", {"connectionId": id}, CONNECTION)
    assert again["errors"][0]["code"] == "NOT_FOUND"
    back = await connect(api)
    assert (back["connection"]["status"], back["connection"]["config"]) == ("ACTIVE", {})


@pytest.fixture
async def told(api: Api) -> Api:
    """Two plugins that want to be told of their connections."""
    await announce_hooks(api.store, "registrar", announced(api.engine.parts.catalog))
    for tag in ("market", "other"):
        hooks = [
            {"id": "registrar_connectPlugin_commit_connected", "mode": "ASYNC"},
            {"id": "registrar_disconnectPlugin_commit_disconnected", "mode": "ASYNC"},
        ]
        payload = await api.mutate(
            "registerPlugin", {"manifest": MANIFEST | {"tag": tag, "hooks": hooks}}, "clientId", user="admin"
        )
        assert payload["errors"] == []
    return api


async def deliveries(api: Api) -> list[DeliveryRecord]:
    rows = await api.store.collection(DELIVERIES).find({}).sort([("created_at", 1)]).to_list()
    return [DeliveryRecord.model_validate(row) for row in rows]


async def test_a_plugin_is_told_of_its_own_connection_and_its_end(told: Api) -> None:
    other = await connect(told, pluginTag="other")
    mine = await connect(told)
    assert (mine["run"]["status"], other["run"]["status"]) == ("AWAITING", "AWAITING")
    found = {item.plugin_tag: item for item in await deliveries(told)}
    assert sorted(found) == ["market", "other"]
    assert found["market"].payload["connection_id"] == f"{GOOD}#market"
    await told.mutate("disconnectPlugin", {"connectionId": f"{GOOD}#market"}, CONNECTION)
    ends = [item for item in await deliveries(told) if item.hook_id.endswith("disconnected")]
    assert [item.plugin_tag for item in ends] == ["market"]
    async with told.engine.grants("market", "w1", None, 16) as granted:
        async with asyncio.timeout(10):
            async for delivery in granted:
                if delivery is not None:
                    break
    assert delivery is not None and delivery.hook_id.endswith("disconnected")
    states = {
        item.hook_id.rpartition("_")[2]: item.status for item in await deliveries(told) if item.plugin_tag == "market"
    }
    assert states["connected"] is DeliveryStatus.CANCELLED
    async with asyncio.timeout(10):
        async for view in told.engine.watch_runs(id=mine["run"]["id"]):
            if view.run.terminal:
                break
    assert view.run.status is RunStatus.COMPLETED


async def test_disconnecting_again_makes_up_for_a_call_that_came_to_no_end(
    told: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process went between the end of the connection and the look for what is not finished."""
    mine = await connect(told)
    with monkeypatch.context() as cut_short:
        cut_short.setattr(connection, "cancel_ended", AsyncMock())
        await told.mutate("disconnectPlugin", {"connectionId": f"{GOOD}#market"}, CONNECTION)
    again = await told.mutate("disconnectPlugin", {"connectionId": f"{GOOD}#market"}, CONNECTION)
    assert again["errors"][0]["code"] == "NOT_FOUND"
    async with asyncio.timeout(10):
        async for view in told.engine.watch_runs(id=mine["run"]["id"]):
            if view.run.terminal:
                break
    assert view.run.status is RunStatus.COMPLETED


async def test_a_connection_that_was_refused_and_fenced_is_none(api: Api) -> None:
    """A run that is taken up after a crash leaves a tombstone where it refused to connect."""
    id = f"{GOOD}#fenced"
    assert await write_fence(ConnectionDocument, id, version=None, effect=Effect("e", {}), grouped=Grouped(api.store))
    ended = await api.mutate("disconnectPlugin", {"connectionId": id}, CONNECTION)
    assert [error["code"] for error in ended["errors"]] == ["NOT_FOUND"]


async def test_what_the_told_plugin_sees(told: Api) -> None:
    await connect(told)
    query = """
        { deliveries { edges { node { id hookId mode ownerRef status attempt nextAt lastError
            run { flow status } plugin { tag } connections { id } } } } }
    """
    callers: list[dict[str, Any]] = [{"plugin": "market"}, {"user": "ada"}, {"user": "admin"}]
    for who in callers:
        edges = (await told.data(query, **who))["deliveries"]["edges"]
        node = edges[0]["node"]
        assert len(edges) == 1
        assert (node["hookId"], node["status"], node["ownerRef"]) == (
            "registrar_connectPlugin_commit_connected",
            "PENDING",
            BUSINESS,
        )
        assert node["run"] == {"flow": "connectPlugin", "status": "AWAITING"}
        assert node["connections"] == [{"id": f"{GOOD}#market"}]
    one = f'{{ delivery(id: "{node["id"]}") {{ id }} }}'
    assert (await told.data(query, user="eve"))["deliveries"]["edges"] == []
    assert (await told.data(query, plugin="other"))["deliveries"]["edges"] == []
    assert (await told.data(one, user="eve"))["delivery"] is None
    assert (await told.data(one))["delivery"] == {"id": node["id"]}


async def test_runs_are_listed_for_who_may_see_them(told: Api) -> None:
    payload = await connect(told)
    query = """query R($filter: RunFilter) { runs(filter: $filter) { edges { node { id flow version awaiting } } } }"""

    async def flows(filter: dict[str, Any] | None = None, **who: Any) -> list[str]:
        return [edge["node"]["flow"] for edge in (await told.data(query, {"filter": filter}, **who))["runs"]["edges"]]

    assert await flows() == ["connectPlugin"]
    assert await flows(user="eve") == []
    assert await flows(user="admin") == ["registerPlugin", "registerPlugin", "connectPlugin"]
    await told.role(BUSINESS, "vera", "VIEWER")
    assert await flows({"objectRef": GOOD}, user="vera") == ["connectPlugin"]
    assert await flows({"objectRef": GOOD}, user="eve") == []
    assert await flows({"status": "AWAITING"}, user="admin") == ["connectPlugin"]
    assert await flows({"pluginTag": "market"}, user="admin") == ["connectPlugin"]
    assert await flows({"pluginTag": "other"}, user="admin") == []
    assert await flows({"service": "commerce"}, user="admin") == []
    assert await flows({"flow": "registerPlugin", "version": 1}, user="admin") == ["registerPlugin"] * 2
    assert await flows({"flow": "connectPlugin"}) == ["connectPlugin"]
    assert await flows({"version": 2}, user="admin") == []
    one = f'{{ run(id: "{payload["run"]["id"]}") {{ awaiting }} }}'
    assert (await told.data(one))["run"] == {"awaiting": ["market"]}
    assert (await told.data(one, user="vera"))["run"] is not None
    assert (await told.data(one, user="eve"))["run"] is None


async def keep_runs(api: Api, names: list[str], **changes: Any) -> None:
    """Store ended runs like the newest one, under these names; each later than the one before."""
    (row,) = await api.store.collection("flows_runs").find({}).sort([("created_at", -1)]).limit(1).to_list()
    count = await api.store.collection("flows_runs").count_documents({})
    made = [
        {
            **row,
            "_id": name,
            "created_at": 2 * 10**12 + count + place,
            "stage": "ENDED",
            "status": "REJECTED",
            **changes,
        }
        for place, name in enumerate(names)
    ]
    await api.store.collection("flows_runs").insert_many(made)


RUNS_OF = """query R($filter: RunFilter, $first: Int!, $after: String) {
    runs(filter: $filter, first: $first, after: $after) { edges { cursor node { id } }
        pageInfo { hasNextPage endCursor } } }"""


async def paged(api: Api, user: str, first: int, **filter: Any) -> list[list[str]]:
    """The ids of all pages, followed to their end."""
    pages: list[list[str]] = []
    after: str | None = None
    while after is not None or not pages:
        page = (await api.data(RUNS_OF, {"filter": filter, "first": first, "after": after}, user=user))["runs"]
        pages.append([edge["node"]["id"] for edge in page["edges"]])
        info = page["pageInfo"]
        assert info["endCursor"] == (page["edges"][-1]["cursor"] if page["edges"] else None)
        after = info["endCursor"] if info["hasNextPage"] else None
    return pages


async def test_runs_that_the_caller_may_not_see_end_no_list_and_leave_no_trace(told: Api) -> None:
    await connect(told)
    offer = "market:SellOffer:popular"
    of_others = {"object_refs": [offer], "principal": {"ref": "user:others"}}
    of_eve = {"object_refs": [offer], "principal": {"ref": "user:eve"}}
    await keep_runs(told, [f"a{number}" for number in range(30)], **of_others)
    await keep_runs(told, ["eve1"], **of_eve)
    await keep_runs(told, [f"b{number}" for number in range(120)], **of_others)
    await keep_runs(told, ["eve2", "eve3", "eve4"], **of_eve)
    await keep_runs(told, [f"c{number}" for number in range(400)], **of_others)
    await keep_runs(told, ["eve5"], **of_eve)
    await keep_runs(told, [f"d{number}" for number in range(30)], **of_others)
    # Pages of others' runs are between them, more than one call looks at.
    assert await paged(told, "eve", 2, objectRef=offer) == [["eve1", "eve2"], ["eve3", "eve4"], ["eve5"]]
    assert await paged(told, "eve", 100, objectRef=offer) == [["eve1", "eve2", "eve3", "eve4", "eve5"]]
    assert await paged(told, "bob", 2, objectRef=offer) == [[]]
    assert [len(page) for page in await paged(told, "admin", 100, objectRef=offer)] == [100] * 5 + [85]


async def test_who_sees_a_run_sees_those_that_it_started(told: Api) -> None:
    await told.role(BUSINESS, "vera", "VIEWER")
    await connect(told)
    by_ada = {"principal": {"ref": "user:ada"}}
    await keep_runs(told, ["parent"], object_refs=[BUSINESS], **by_ada)
    await keep_runs(told, [f"child{number}" for number in range(5)], object_refs=[], parent="parent", **by_ada)
    children = [[f"child{number}" for number in (0, 1)], ["child2", "child3"], ["child4"]]
    assert await paged(told, "ada", 2, parent="parent") == children
    assert await paged(told, "vera", 2, parent="parent") == children
    assert await paged(told, "eve", 2, parent="parent") == [[]]


async def bury(api: Api, like: DeliveryRecord, count: int, **changes: Any) -> list[str]:
    """So many dead deliveries like that one, made one millisecond after the other; gives their ids."""
    ids = [f"{changes.get('hook_id', 'd')}-{number:04d}" for number in range(count)]
    row = like.to_mongo() | {"status": "DEAD", "inbox": None, "next_at": None} | changes
    made = [row | {"_id": id, "created_at": 1_000 + number} for number, id in enumerate(ids)]
    await api.store.collection(DELIVERIES).insert_many(made)
    return ids


REDRIVE = "count pageInfo { hasNextPage endCursor } deliveries { id status }"


async def test_many_dead_deliveries_are_driven_again_page_by_page(told: Api) -> None:
    await connect(told)
    (like,) = await deliveries(told)
    ids = await bury(told, like, 650, last_error_code="HANDLER_FAILED")
    select = {"filter": {"pluginTag": "market", "errorCode": "HANDLER_FAILED"}}
    driven: list[str] = []
    counts: list[int] = []
    after: str | None = None
    while after is not None or not counts:
        input = {"select": select, "first": 300, "after": after}
        page = await told.mutate("redriveDeliveries", input, REDRIVE, user="admin")
        if not driven:
            # Repeated, as if its answer had not come, a call finds nothing of that page dead any more; and one that
            # dies again at once is behind the cursor.
            page_again = await told.mutate("redriveDeliveries", input | {"first": 1}, REDRIVE, user="admin")
            assert page_again["deliveries"][0]["id"] == ids[300]
            await told.store.collection(DELIVERIES).update_one({"_id": ids[0]}, {"$set": {"status": "DEAD"}})
            page["deliveries"] += page_again["deliveries"]
        assert page["errors"] == []
        assert {item["status"] for item in page["deliveries"]} <= {"PENDING"}
        counts.append(page["count"])
        driven += [item["id"] for item in page["deliveries"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert driven == ids
    assert counts == [300, 300, 49]
    left = await told.store.collection(DELIVERIES).find({"status": "DEAD"}).to_list()
    assert [row["_id"] for row in left] == [ids[0]]
    one = await told.engine.deliveries.read(ids[7])
    assert one is not None and one.inbox == "registrar|market" and one.failures == 0


async def test_a_filter_drives_again_what_it_selects_and_the_caller_may(told: Api) -> None:
    await connect(told)
    (like,) = await deliveries(told)
    await told.store.collection(HOOKS).insert_many(
        [{"_id": f"a_b_c_{name}", "service": "commerce"} for name in ("mine", "theirs")]
    )
    mine = await bury(told, like, 10, hook_id="a_b_c_mine", last_error_code="LEASE_LOST")
    theirs = await bury(told, like, 3, hook_id="a_b_c_theirs", owner_ref="commerce:Business:b2", service="commerce")
    at = "1970-01-01T00:00:01.{:03d}Z"

    async def drive(filter: dict[str, Any], input: dict[str, Any] | None = None, **who: Any) -> dict[str, Any]:
        given = {"select": {"filter": filter}, **(input or {})}
        return await told.mutate("redriveDeliveries", given, REDRIVE, **(who or {"user": "admin"}))

    async def ids(filter: dict[str, Any], **who: Any) -> list[str]:
        done = await drive(filter, **who)
        assert done["errors"] == [] and done["count"] == len(done["deliveries"])
        found = [item["id"] for item in done["deliveries"]]
        dead = {"$set": {"status": "DEAD", "inbox": None, "next_at": None}}
        await told.store.collection(DELIVERIES).update_many({"_id": {"$in": found}}, dead)
        return found

    assert await ids({"hookId": "a_b_c_mine"}) == mine
    assert await ids({"errorCode": "LEASE_LOST", "since": at.format(3), "until": at.format(6)}) == mine[3:6]
    assert await ids({"until": "1970-01-01T00:00:01.002", "status": "DEAD"}) == [mine[0], theirs[0], mine[1], theirs[1]]
    assert await ids({"service": "commerce"}) == theirs
    assert await ids({"objectRef": GOOD, "since": at.format(9)}) == mine[9:]
    assert await ids({"objectRef": "commerce:Good:g2"}) == []
    # A page behind a cursor keeps to since and until.
    page = await drive({"hookId": "a_b_c_mine", "until": at.format(3)}, {"first": 2})
    rest = {"first": 2, "after": page["pageInfo"]["endCursor"]}
    after = await drive({"hookId": "a_b_c_mine", "until": at.format(3)}, rest)
    assert [item["id"] for item in after["deliveries"]] == mine[2:3]
    assert not after["pageInfo"]["hasNextPage"]
    # A MANAGER drives the owner's, and nobody else's; who may less drives none.
    await told.role("commerce:Business:b2", "max", "MANAGER")
    await told.role(BUSINESS, "max", "VIEWER")
    assert await ids({}, user="max") == theirs
    assert await ids({}, user="eve") == []
    await told.role(BUSINESS, "vera", "VIEWER")
    # What the caller may see and not drive is told, what they may not see is as what there never was.
    for who, filter, code in (
        ("max", {"hookId": "a_b_c_mine"}, "FORBIDDEN"),
        ("vera", {"objectRef": GOOD}, "FORBIDDEN"),
        ("eve", {"objectRef": GOOD}, "NOT_FOUND"),
        ("eve", {"objectRef": "commerce:Good:neverThere"}, "NOT_FOUND"),
    ):
        refused = await drive(filter, user=who)
        assert ([error["code"] for error in refused["errors"]], refused["count"]) == ([code], 0)
    assert await ids({"hookId": "a_b_c_theirs", "until": at.format(0)}, user="max") == []
    for filter in ({}, {"until": at.format(0)}):
        assert [error["code"] for error in (await drive(filter, user="vera"))["errors"]] == ["FORBIDDEN"]
    assert [error["code"] for error in (await drive({}, plugin="market"))["errors"]] == ["FORBIDDEN"]
    # What can select nothing is told.
    assert (await drive({"status": "PENDING"}))["errors"][0]["code"] == "NOT_DEAD"
    for filter, wrong, says in (
        ({"since": at.format(2), "until": at.format(2)}, {}, "since must be before until"),
        ({}, {"first": 1_001}, "first: must be from 1 to 1000"),
        ({}, {"after": "x"}, "is not a cursor"),
        ({"hookId": "a_b_c_mien"}, {}, "hookId: there is no 'a_b_c_mien'"),
        ({"pluginTag": "markte"}, {}, "pluginTag: there is no 'markte'"),
        ({"service": "comerce"}, {}, "there are accounting, commerce, market, registrar, supply"),
        ({"objectRef": "good"}, {}, "filter.objectRef: 'good' is no object ref"),
    ):
        query = "mutation M($input: RedriveDeliveriesInput!) { redriveDeliveries(input: $input) { count } }"
        answer = await told.send(query, {"input": {"select": {"filter": filter}, **wrong}}, user="admin")
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert says in answer["errors"][0]["message"]


async def test_dead_deliveries_are_driven_again(told: Api) -> None:
    await connect(told)
    delivery = (await deliveries(told))[0]
    await told.store.collection(DELIVERIES).update_one(
        {"_id": delivery.id}, {"$set": {"status": "DEAD", "inbox": None, "next_at": None}}
    )
    selection = "deliveries { id status }"
    ids = {"select": {"ids": [delivery.id, "none"]}}
    stranger = await told.mutate("redriveDeliveries", ids, selection, user="eve")
    assert [error["code"] for error in stranger["errors"]] == ["NOT_FOUND", "NOT_FOUND"]
    await told.role(BUSINESS, "vera", "VIEWER")
    viewer = await told.mutate("redriveDeliveries", ids, selection, user="vera")
    assert sorted(error["code"] for error in viewer["errors"]) == ["FORBIDDEN", "NOT_FOUND"]
    nothing = await told.mutate(
        "redriveDeliveries", {"select": {"filter": {"pluginTag": "other"}}}, selection, user="admin"
    )
    assert (nothing["deliveries"], nothing["errors"]) == ([], [])
    done = await told.mutate(
        "redriveDeliveries", {"select": {"filter": {"pluginTag": "market"}}}, selection, user="admin"
    )
    assert done["deliveries"] == [{"id": delivery.id, "status": "PENDING"}]
    again = await told.mutate("redriveDeliveries", {"select": {"ids": [delivery.id]}}, selection, user="admin")
    assert [error["code"] for error in again["errors"]] == ["NOT_DEAD"]


@pytest.mark.parametrize("who", [{"user": "eve"}, {"user": "admin"}, {"plugin": "market"}])
@pytest.mark.parametrize(
    ("field", "filter", "says"),
    [
        ("deliveries", {"service": "comerce"}, "service: there is no 'comerce'; there are accounting"),
        ("deliveries", {"pluginTag": "markte"}, "pluginTag"),
        ("deliveries", {"hookId": "commerce_a_b_c"}, "hookId"),
        ("deliveries", {"objectRef": "commerce:Sale:s"}, "cannot be connected to"),
        ("connections", {"service": "comerce"}, "service"),
        ("connections", {"pluginTag": "markte"}, "pluginTag"),
        ("connections", {"objectRef": "x"}, "objectRef"),
        ("runs", {"service": "comerce"}, "service"),
        ("runs", {"pluginTag": "markte"}, "pluginTag"),
        ("runs", {"objectRef": "commerce:Good"}, "objectRef"),
    ],
)
async def test_a_filter_that_can_select_nothing_is_told(
    told: Api, who: dict[str, str], field: str, filter: dict[str, str], says: str
) -> None:
    type_name = {"deliveries": "Delivery", "connections": "Connection", "runs": "Run"}[field]
    query = f"query Q($filter: {type_name}Filter) {{ {field}(filter: $filter) {{ edges {{ cursor }} }} }}"
    (error,) = (await told.send(query, {"filter": filter}, **who))["errors"]
    assert (error["extensions"]["code"], says in error["message"]) == ("BAD_USER_INPUT", True), error
    allowed = {"service": "commerce", "pluginTag": "other", "objectRef": "commerce:Good:neverThere"}
    seen = await told.data(query, {"filter": {name: allowed[name] for name in filter if name in allowed}}, **who)
    assert "edges" in seen[field]


async def test_other_names_that_nothing_has_are_told_too(told: Api) -> None:
    for query in ('{ hooks(service: "comerce") { id } }', '{ authorizations(ownerRef: "b1") { edges { cursor } } }'):
        (error,) = (await told.send(query))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_status_that_a_newer_program_has_stored_stops_no_list(told: Api) -> None:
    await connect(told, pluginTag="other")
    await connect(told)
    newest = (await deliveries(told))[-1]
    for name, id in ((DELIVERIES, newest.id), ("flows_runs", newest.run_id)):
        await told.store.collection(name).update_one({"_id": id}, {"$set": {"status": "PAUSED"}})
    seen = await told.data(
        """{ deliveries { edges { node { id status run { status } } } }
             runs { edges { node { id status failure { code message } } } } }""",
    )
    shown = {edge["node"]["id"]: edge["node"] for name in ("deliveries", "runs") for edge in seen[name]["edges"]}
    assert len(seen["deliveries"]["edges"]) == 2
    assert shown[newest.id] == {"id": newest.id, "status": None, "run": {"status": "BLOCKED"}}
    run = shown[newest.run_id]
    assert (run["status"], run["failure"]["code"]) == ("BLOCKED", "STATUS_UNKNOWN")
    assert "'PAUSED'" in run["failure"]["message"]
    one = f'{{ delivery(id: "{newest.id}") {{ status }} run(id: "{newest.run_id}") {{ status }} }}'
    assert await told.data(one) == {"delivery": {"status": None}, "run": {"status": "BLOCKED"}}


async def test_what_a_newer_program_has_stored_stops_no_list(told: Api) -> None:
    """While a deployment goes on, older processes read records with fields that they do not know."""
    await connect(told)
    for name in ("registrar_connections", "registrar_plugins", "registrar_authorizations", "flows_runs", DELIVERIES):
        await told.store.collection(name).update_many({}, {"$set": {"not_known_yet": {"a": 1}}})
    seen = await told.data(
        """{ connections { edges { node { id plugin { tag hooks { id } } } } } plugins { edges { node { tag } } }
             deliveries { edges { node { id } } } runs { edges { node { id } } }
             authorizations { edges { node { id } } } }""",
        user="admin",
    )
    assert [len(seen[name]["edges"]) for name in ("connections", "plugins", "deliveries", "runs")] == [1, 2, 1, 3]
    changed = await told.mutate(
        "updateConnection", {"connectionId": f"{GOOD}#market", "config": {"limit": 1}}, "connection { config }"
    )
    assert changed["connection"] == {"config": {"limit": 1}}
    stored = await told.store.collection("registrar_connections").find_one({"_id": f"{GOOD}#market"})
    assert stored is not None and stored["not_known_yet"] == {"a": 1}, "a write leaves alone what it does not know"
