"""Executing plans against subgraphs in memory."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from tests.unit.gateway.executor.shop import shop
from tests.unit.gateway.executor.support import Federation, World, federate

LINKS = {
    "commerce": """
        type Query { goods: [Good!]!  good(id: ID!): Good }
        type Good @key(fields: "id") { id: ID!  name: String!  stock: Int  note: String }
    """,
    "market": """
        type SellOffer @key(fields: "id") { id: ID!  available: Int!  title: String }
        type Query { offers: [SellOffer] }
    """,
    "registrar": """
        union LinkedObject = Good | SellOffer
        type Link { object: LinkedObject }
        type Good @key(fields: "id") { id: ID!  links: [Link!]!  owner: String! }
        type SellOffer @key(fields: "id") { id: ID! }
    """,
}


def business() -> Federation:
    offers = {
        f"o{n}": {"__typename": "SellOffer", "id": f"o{n}", "available": n, "title": f"Offer {n}"} for n in range(3)
    }
    goods: dict[str, dict[str, Any]] = {
        f"g{n}": {"__typename": "Good", "id": f"g{n}", "name": f"Good {n}", "stock": n, "owner": "me"} for n in range(2)
    }
    goods["g0"]["links"] = [{"object": offers["o1"]}, {"object": goods["g1"]}, {"object": offers["o2"]}]
    goods["g1"]["links"] = [{"object": offers["o1"]}]
    return federate(LINKS, World({"Good": goods, "SellOffer": offers}, {"goods": [*goods.values()], "offers": []}))


NESTED = """
query {
    items: goods {
        title: name
        links { object { ... on SellOffer { left: available } ... on Good { stock } } }
    }
}
"""


async def test_objects_of_a_union_are_completed_across_subgraphs() -> None:
    """Each entity is asked for once, however often it is shown."""
    federation = business()
    response = await federation.query(NESTED)
    assert response.errors == []
    assert response.data == {
        "items": [
            {"title": "Good 0", "links": [{"object": {"left": 1}}, {"object": {"stock": 1}}, {"object": {"left": 2}}]},
            {"title": "Good 1", "links": [{"object": {"left": 1}}]},
        ]
    }
    (market,) = federation.subgraphs["market"].requests
    assert [item["id"] for item in market.variables["representations"]] == ["o1", "o2"]


async def test_a_failed_fetch_costs_only_its_own_fields() -> None:
    """The error has the subgraph's name, a code and the place; the non-null field takes its object along."""
    federation = business()

    def refuse(_: Any) -> SubgraphResponse:
        raise TransportError("SUBGRAPH_UNREACHABLE", "Connection refused.", "market")

    federation.subgraphs["market"].before = refuse
    response = await federation.query(NESTED)
    assert response.data == {
        "items": [
            {"title": "Good 0", "links": [{"object": None}, {"object": {"stock": 1}}, {"object": None}]},
            {"title": "Good 1", "links": [{"object": None}]},
        ]
    }
    assert response.errors == [
        {
            "message": "Connection refused.",
            "path": ["items", 0, "links", 0, "object"],
            "extensions": {"code": "SUBGRAPH_UNREACHABLE", "service": "market"},
        }
    ]


async def test_an_entitys_error_is_told_at_every_place_that_shows_it() -> None:
    """Positions among representations become positions in the response, in the client's names."""
    federation = business()
    error = {
        "message": "out of order",
        "path": ["_entities", 0, "left"],
        "extensions": {"code": "BROKEN", "hint": "later"},
        "locations": [{"line": 1, "column": 1}],
    }
    federation.subgraphs["market"].before = lambda _: SubgraphResponse(
        {"_entities": [None, {"__typename": "SellOffer", "left": 2}]}, [error]
    )
    response = await federation.query(NESTED)
    assert [item["path"] for item in response.errors] == [
        ["items", 0, "links", 0, "object", "left"],
        ["items", 1, "links", 0, "object", "left"],
    ]
    assert response.errors[0]["extensions"] == {"code": "BROKEN", "hint": "later", "service": "market"}
    assert "locations" not in response.errors[0]
    assert response.data is not None
    assert response.data["items"][0]["links"][2] == {"object": {"left": 2}}


async def test_masked_errors_keep_place_and_code_only() -> None:
    federation = business()
    error = {"message": "secret table missing", "path": ["goods"], "extensions": {"code": "DB", "sql": "select"}}
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse(None, [error])
    response = await federation.query("{ items: goods { name } }", mask=True)
    assert response.data is None
    assert response.errors == [{"message": "Unexpected error", "path": ["goods"], "extensions": {"code": "DB"}}]


async def test_a_missing_entity_is_no_error_by_itself() -> None:
    """Only where a value may not be null is there something to report."""
    federation = business()
    federation.subgraphs["registrar"].before = lambda _: SubgraphResponse({"_entities": [None, None]})
    response = await federation.query("{ goods { name owner } }")
    assert response.data is None
    assert [item["extensions"]["code"] for item in response.errors] == ["NULL_IN_NON_NULL_FIELD"]
    assert response.errors[0]["path"] == ["goods", 0, "owner"]
    assert response.errors[0]["extensions"]["service"] == "registrar"


async def test_what_depends_on_a_failed_fetch_is_not_asked_for() -> None:
    federation = business()
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse({"good": None}, [{"message": "no"}])
    response = await federation.query('{ good(id: "g0") { name owner } }')
    assert response.data == {"good": None}
    assert federation.subgraphs["registrar"].requests == []
    assert response.errors == [{"message": "no", "extensions": {"code": "SUBGRAPH_ERROR", "service": "commerce"}}]


async def _codes(answer: SubgraphResponse, query: str = "{ goods { name owner } }") -> list[str]:
    federation = business()
    federation.subgraphs["registrar"].before = lambda _: answer
    response = await federation.query(query)
    return [item["extensions"]["code"] for item in response.errors]


async def test_wrong_shapes_of_entities_are_coded_errors() -> None:
    """Whatever a subgraph sends, the client gets a response with a reason."""
    wrong: list[Any] = [None, "text", [], {}, {"_entities": None}, {"_entities": {}}, {"_entities": [None]}]
    for data in wrong:
        assert await _codes(SubgraphResponse(data)) == ["SUBGRAPH_INVALID_RESPONSE"], data
    assert "SUBGRAPH_INVALID_RESPONSE" in await _codes(SubgraphResponse({"_entities": ["text", 7]}))


async def test_errors_without_shape_are_still_told() -> None:
    answer = SubgraphResponse({"_entities": [{"owner": "a"}, {"owner": "b"}]}, ["what", {"message": 3}, {"path": 7}])  # type: ignore[list-item]
    assert await _codes(answer) == ["SUBGRAPH_ERROR"] * 3


async def test_leaves_of_the_wrong_type_are_coded_errors() -> None:
    federation = business()
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse(
        {"goods": [{"name": "a", "stock": "many", "note": {"x": 1}}, {"name": "b", "stock": True, "note": None}]}
    )
    response = await federation.query("{ goods { name stock note } }")
    assert response.data == {
        "goods": [{"name": "a", "stock": None, "note": None}, {"name": "b", "stock": None, "note": None}]
    }
    by_commerce = {"code": "INVALID_SUBGRAPH_VALUE", "service": "commerce"}
    assert [(item["path"], item["extensions"]) for item in response.errors] == [
        (["goods", 0, "stock"], by_commerce),
        (["goods", 0, "note"], by_commerce),
        (["goods", 1, "stock"], by_commerce),
    ]


@pytest.mark.parametrize("goods", [None, [{"name": "a", "stock": "many"}]])
async def test_masked_a_bad_value_is_told_without_its_subgraph(goods: Any) -> None:
    """The message tells of nothing but the API, so it stays."""
    federation = business()
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse({"goods": goods})
    response = await federation.query("{ goods { name stock } }", mask=True)
    (error,) = response.errors
    assert list(error["extensions"]) == ["code"]
    assert "Query.goods" in error["message"] or "Good.stock" in error["message"]


async def test_a_value_that_several_subgraphs_can_give_blames_none() -> None:
    federation = business()
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse({"goods": [{"id": None}]})
    response = await federation.query("{ goods { id } }")
    (error,) = response.errors
    assert error["path"] == ["goods", 0, "id"]
    assert error["extensions"] == {"code": "NULL_IN_NON_NULL_FIELD"}


async def test_ids_are_strings_whatever_a_subgraph_sends() -> None:
    federation = business()
    federation.subgraphs["commerce"].before = lambda _: SubgraphResponse({"goods": [{"id": 7}, {"id": "8"}]})
    assert (await federation.query("{ goods { id } }")).data == {"goods": [{"id": "7"}, {"id": "8"}]}


async def test_lists_and_objects_of_the_wrong_shape_are_coded_errors() -> None:
    federation = business()
    for goods in ({"name": "a"}, [7], "text"):
        federation.subgraphs["commerce"].before = lambda _, goods=goods: SubgraphResponse({"goods": goods})  # type: ignore[misc]
        response = await federation.query("{ goods { name } }")
        assert response.data is None
        assert [item["extensions"]["code"] for item in response.errors] == ["INVALID_SUBGRAPH_VALUE"]


async def test_a_subgraph_without_transport_is_a_coded_error() -> None:
    federation = business()
    del federation.subgraphs["commerce"]
    response = await federation.query("{ goods { name } }")
    assert response.data is None
    assert [item["extensions"]["code"] for item in response.errors] == ["SUBGRAPH_UNKNOWN"]


async def test_variables_go_only_where_they_are_used() -> None:
    federation = business()
    query = "query ($id: ID!, $with: Boolean = true) { good(id: $id) { name owner @include(if: $with) } }"
    federation.world.roots["good"] = federation.world.objects["Good"]["g1"]
    response = await federation.query(query, {"id": "g1"})
    assert response.data == {"good": {"name": "Good 1", "owner": "me"}}
    commerce, registrar = federation.requests
    assert commerce.variables == {"id": "g1"}
    assert list(registrar.variables) == ["representations"]


async def test_a_client_may_name_its_variable_representations() -> None:
    federation = business()
    federation.world.roots["good"] = federation.world.objects["Good"]["g1"]
    query = "query ($representations: ID!) { good(id: $representations) { owner } }"
    assert (await federation.query(query, {"representations": "g1"})).data == {"good": {"owner": "me"}}


async def test_excluded_fetches_are_not_sent() -> None:
    federation = business()
    response = await federation.query("query ($no: Boolean!) { goods { name owner @skip(if: $no) } }", {"no": True})
    assert response.data == {"goods": [{"name": "Good 0"}, {"name": "Good 1"}]}
    assert federation.subgraphs["registrar"].requests == []


async def test_introspection_and_data_come_together() -> None:
    query = """
    query ($name: String = "Good") { __type(name: $name) { name kind } ...Rest goods { __typename name } }
    fragment Rest on Query { __schema { queryType { name } } }
    """
    response = await business().query(query)
    assert response.data is not None
    assert list(response.data) == ["__type", "__schema", "goods"]
    assert response.data["__type"] == {"name": "Good", "kind": "OBJECT"}
    assert response.data["goods"][0] == {"__typename": "Good", "name": "Good 0"}


async def test_headers_travel_with_every_request() -> None:
    federation = business()
    federation.headers["authorization"] = "Bearer x"
    await federation.query(NESTED)
    assert {request.headers["authorization"] for request in federation.requests} == {"Bearer x"}


async def test_an_entity_shared_by_two_paths_keeps_them_apart() -> None:
    """The same key below the same entity stands for another thing on each path."""
    query = """
    {
        one: latest { product { similar(first: 1) { x: score } } }
        two: latest { product { similar(first: 1) { x: reviews(limit: 1) { stars } } } }
    }
    """
    for seed in range(7):
        federation = shop(seed)
        response = await federation.query(query)
        assert response.data == federation.monolith(query).data
        assert response.errors == []


async def test_the_same_key_may_lead_elsewhere_for_each_type() -> None:
    """A fetch below one member of a union never takes objects of another along."""
    query = (
        "{ latest { subject { ... on Product { x: similar { t: stock } } ... on User { x: bots { t: logins } } } } }"
    )
    asked: set[str] = set()
    for seed in range(7):
        federation = shop(seed)
        assert (await federation.query(query)).data == federation.monolith(query).data
        for request in federation.subgraphs["inventory"].requests:
            sent = [item for batch in request.variables.values() for item in batch]
            asked |= {item["id"][0] for item in sent if item["__typename"] == "Account"}
    assert asked == {"t"}


async def test_interface_objects_are_called_by_the_interfaces_name() -> None:
    federation = shop(1)
    query = "{ accounts { logins ... on Bot { model } watched { name } } me { logins } }"
    response = await federation.query(query)
    assert response.data == federation.monolith(query).data
    sent = [item for request in federation.subgraphs["inventory"].requests for item in request.variables.values()]
    assert {item["__typename"] for batch in sent for item in batch} == {"Account"}


async def test_siblings_to_one_subgraph_share_a_request() -> None:
    """Entities of several places travel together, those asked for the same in one list."""
    federation = shop(2)
    query = "{ a: products(first: 1) { stock } b: products(first: 2) { stock } brand { founded } }"
    response = await federation.query(query)
    assert response.data == federation.monolith(query).data
    assert [request.service for request in federation.requests] == ["products", "inventory", "inventory"]
    assert len(federation.subgraphs["inventory"].requests[1].variables["representations"]) == 2


async def test_what_a_lost_fetch_was_required_for_is_no_second_error() -> None:
    """The field that requires it may not be null; why it is has been told."""
    sdls = {
        "a": 'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! }',
        "b": 'type Thing @key(fields: "id") { id: ID!  size: Int! }',
        "c": """
            type Thing @key(fields: "id") { id: ID!  size: Int! @external  price: Int! @requires(fields: "size") }
        """,
    }
    federation = federate(sdls, World({}, {"thing": {"__typename": "Thing", "id": "t"}}))

    def lose(_: SubgraphRequest) -> None:
        raise TransportError("SUBGRAPH_TIMEOUT", "too late", "b")

    federation.subgraphs["b"].before = lose
    response = await federation.query("{ thing { price } }")
    assert response.data == {"thing": None}
    assert [error["extensions"]["code"] for error in response.errors] == ["SUBGRAPH_TIMEOUT"]


async def test_an_interface_object_is_asked_for_what_only_one_type_wants_apart() -> None:
    """It could fail for the others, which nobody asked about."""
    sdls = {
        "a": """
            type Query { accounts: [Account] }
            interface Account @key(fields: "id") { id: ID! }
            type User implements Account @key(fields: "id") { id: ID! }
            type Bot implements Account @key(fields: "id") { id: ID! }
        """,
        "b": 'type Account @key(fields: "id") @interfaceObject { id: ID!  logins: Int!  seen: Int }',
    }
    user = {"__typename": "User", "id": "u", "seen": 1}
    bot = {"__typename": "Bot", "id": "b", "seen": 2, "logins": 3}
    federation = federate(sdls, World({"User": {"u": user}, "Bot": {"b": bot}}, {"accounts": [user, bot]}))
    response = await federation.query("{ accounts { seen ... on Bot { logins } } }")
    assert response.data == {"accounts": [{"seen": 1}, {"seen": 2, "logins": 3}]}
    assert response.errors == []
    assert len(federation.requests) == 2
