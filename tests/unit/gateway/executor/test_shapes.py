"""Lists in lists, value types from two sides, the query type below itself, and types that clients must not see."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from tests.unit.gateway.executor.support import Federation, World, federate

SDLS = {
    "a": """
        type Query { items: [[Item]]  root: Wrapper @shareable  hidden: [Found]  must: [Found!] }
        interface Item { id: ID!  tag: String }
        type X implements Item @key(fields: "id") { id: ID!  tag: String  other: Y }
        type Y implements Item @key(fields: "id") { id: ID!  tag: String @shareable  n: Int! }
        type Wrapper @shareable { items: [Item]  one: X }
        union Found = Y | Secret
        type Secret @inaccessible { code: Int }
    """,
    "b": """
        type Query { q: Int  root: Wrapper @shareable }
        interface Item { id: ID! }
        type X implements Item @key(fields: "id") { id: ID!  size: Int!  back: Query }
        type Y implements Item @key(fields: "id") { id: ID!  size: Int  tag: String @shareable }
        type Wrapper @shareable { two: Int  one: X  items: [Item] }
    """,
}


def shapes() -> Federation:
    roots: dict[str, Any] = {"__typename": "Query", "q": 7}
    ys = {f"y{n}": {"__typename": "Y", "id": f"y{n}", "tag": f"u{n}", "n": n, "size": 10 * n} for n in range(2)}
    xs = {
        f"x{n}": {"__typename": "X", "id": f"x{n}", "tag": f"t{n}", "size": n, "other": ys["y1"], "back": roots}
        for n in range(2)
    }
    secret = {"__typename": "Secret", "code": 1}
    roots["items"] = [[xs["x0"], ys["y0"], None], None, [ys["y1"]]]
    roots["root"] = {"__typename": "Wrapper", "items": [xs["x1"], ys["y1"]], "one": xs["x0"], "two": 2}
    roots["hidden"] = [ys["y0"], secret]
    roots["must"] = [ys["y0"], secret]
    return federate(SDLS, World({"X": xs, "Y": ys}, roots))


@pytest.mark.parametrize(
    "query",
    [
        "{ items { id tag ... on X { size other { size n tag } } ... on Y { wide: size n } } }",
        "{ root { items { id tag __typename } two one { id size tag } } }",
        "{ root { one { back { q items { id ... on X { back { q } } } } } } }",
        "{ root { one { back { root { one { id tag } two } } } } }",
    ],
)
async def test_the_gateway_answers_like_a_monolith(query: str) -> None:
    federation = shapes()
    response = await federation.query(query)
    assert response.data == federation.monolith(query).data
    assert response.errors == []


async def test_a_typename_that_is_no_name_is_no_type() -> None:
    federation = shapes()
    items = {"items": [[{"__typename": [], "id": "x0"}, {"__typename": {"X": 1}, "id": "x1"}]]}
    federation.subgraphs["a"].before = lambda _: SubgraphResponse(items)
    response = await federation.query("{ items { id ... on X { size other { n } } ... on Y { wide: size } } }")
    assert response.data == {"items": [[None, None]]}
    assert {error["extensions"]["code"] for error in response.errors} == {"TYPE_UNKNOWN"}


@pytest.mark.parametrize(("mask", "told"), [(False, "the type 'Z'"), (True, "a type")])
async def test_a_type_that_the_supergraph_does_not_have_is_told(mask: bool, told: str) -> None:
    """As of a subgraph that is newer than the supergraph: unlike an inaccessible type, nobody wants it so."""
    federation = shapes()
    federation.subgraphs["a"].before = lambda _: SubgraphResponse({"items": [[{"__typename": "Z", "id": "z"}]]})
    response = await federation.query("{ items { id ... on X { tag } } }", mask=mask)
    assert response.data == {"items": [[None]]}
    assert response.errors == [
        {
            "message": f"A subgraph told of {told}, which the supergraph does not have.",
            "path": ["items", 0, 0],
            "extensions": {"code": "TYPE_UNKNOWN"},
        }
    ]


async def test_objects_of_an_inaccessible_type_are_null() -> None:
    """Nothing went wrong that a client could be told about."""
    response = await shapes().query("{ hidden { __typename ... on Y { size } } }")
    assert response.data == {"hidden": [{"__typename": "Y", "size": 0}, None]}
    assert response.errors == []


async def test_where_no_null_may_be_the_inaccessible_takes_its_list_along() -> None:
    response = await shapes().query("{ must { ... on Y { n } } }")
    assert response.data == {"must": None}


async def test_a_failure_below_the_query_type_found_again_is_told_at_every_place() -> None:
    """The root fields are fetched once and shown at each place."""
    federation = shapes()
    federation.world.roots["items"] = [[*federation.world.objects["X"].values()]]
    failed = SubgraphResponse({"must": None}, [{"message": "out of order", "path": ["must"]}])
    federation.subgraphs["a"].before = lambda request: failed if "must" in request.query else None
    response = await federation.query("{ items { ... on X { back { must { __typename } } } } }")
    assert [error["path"] for error in response.errors] == [["items", 0, n, "back", "must"] for n in range(2)]


async def test_a_lost_fetch_below_the_query_type_found_again_is_told_at_its_place() -> None:
    """Not at the root, where a client may have asked for something else by that name."""
    federation = shapes()

    def lose(request: SubgraphRequest) -> None:
        if "must" in request.query:
            raise TransportError("SUBGRAPH_TIMEOUT", "too late", "a")

    federation.subgraphs["a"].before = lose
    response = await federation.query("{ items { ... on X { back { must { __typename } } } } }")
    assert [error["path"] for error in response.errors] == [["items", 0, 0, "back", "must"]]


async def test_of_several_sources_of_an_object_one_may_bring_nothing() -> None:
    """What the other brings still has a type, and so a null where none may be."""
    sdls = {
        name: f"""
            type Query {{ found: Found @shareable }}
            union Found = Leaf | Bud
            type Leaf @shareable {{ {field} both: Int }}
            type Bud {{ {name}: Int }}
        """
        for name, field in {"a": "must: Int!", "b": "other: Int"}.items()
    }
    federation = federate(sdls, World({}, {"found": {"__typename": "Leaf", "must": None, "other": 1, "both": 2}}))
    response = await federation.query("{ found { ... on Leaf { must other } } }")
    assert response.data == {"found": None}
    assert [error["path"] for error in response.errors] == [["found", "must"]]


async def test_an_interface_object_of_which_nothing_is_wanted_is_there_all_the_same() -> None:
    """Its subgraph calls it by the interface's name, which is no type that an object has."""
    sdls = {
        "a": """
            interface Account @key(fields: "id") { id: ID! }
            type User implements Account @key(fields: "id") { id: ID! }
        """,
        "b": """
            type Query { latest: Account }
            type Account @key(fields: "id") @interfaceObject { id: ID! }
        """,
    }
    federation = federate(sdls, World({}, {"latest": {"__typename": "Account", "id": "u"}}))
    response = await federation.query("{ latest { id @include(if: false) } }")
    assert (response.data, response.errors) == ({"latest": {}}, [])
