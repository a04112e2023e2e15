"""What the supergraph says: join directives, links, versions, names."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema

from gateway.composition import Subgraph, compose
from gateway.supergraph import load_supergraph
from tests.unit.gateway.composition.support import fed2, good, run

GOODS = fed2("key") + 'type Query { good(id: ID!): Good } type Good @key(fields: "id") { id: ID! title: String }'
STOCK = fed2("key") + 'type Good @key(fields: "id") { id: ID! stock: Int! }'


def test_entity_over_two_subgraphs() -> None:
    """Each subgraph's fields are attributed, common ones are not."""
    supergraph = good(commerce=GOODS, supply=STOCK)
    assert '@join__type(graph: COMMERCE, key: "id")' in supergraph
    assert "stock: Int! @join__field(graph: SUPPLY)" in supergraph
    assert "  id: ID!\n" in supergraph
    assert 'SUPPLY @join__graph(name: "supply", url: "http://supply.test/graphql")' in supergraph


def test_the_planner_reads_it() -> None:
    """Our own reader takes what we print."""
    loaded = load_supergraph(good(commerce=GOODS, supply=STOCK))
    assert set(loaded.subgraphs) == {"commerce", "supply"}


def test_same_bytes_in_any_order() -> None:
    """The order of subgraphs does not matter."""
    forward = run(commerce=GOODS, supply=STOCK)
    assert forward.ok
    assert forward == run(supply=STOCK, commerce=GOODS)


def test_server_boilerplate_is_left_out() -> None:
    """What servers print of federation's own machinery reaches neither schema."""
    sdl = """
      schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key"]) { query: Query }
      type Good @key(fields: "id") { id: ID! }
      type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! good: Good! }
      scalar _Any
      union _Entity = Good
      type _Service { sdl: String! }
    """
    result = run(commerce=sdl)
    assert result.ok
    for text in (result.supergraph or "", result.api_schema or ""):
        assert not re.search(r"_Any|_Entity|_Service|_entities|_service", text)


OVERRIDE = (
    fed2("key", "override") + 'type Good @key(fields: "id") { id: ID! title: String @override(from: "commerce"%s) }'
)
CONTEXT = (
    fed2("key", "context", "fromContext")
    + 'type Query { shop: Shop } type Shop @key(fields: "id") @context(name: "shop") '
    '{ id: ID! currency: String! item: Item } type Item @key(fields: "id") '
    '{ id: ID! price(c: String @fromContext(field: "$shop { currency }")): Int }'
)


@pytest.mark.parametrize(
    ("second", "version"),
    [(OVERRIDE % "", "v0.3"), (OVERRIDE % ', label: "percent(1)"', "v0.4"), (CONTEXT, "v0.5")],
)
def test_lowest_join_version(second: str, version: str) -> None:
    """Only what needs a newer join specification asks for it."""
    assert f'@link(url: "https://specs.apollo.dev/join/{version}", for: EXECUTION)' in good(commerce=GOODS, z=second)


def test_composed_directives_are_linked() -> None:
    """Access, tags and costs reach the supergraph with a link to their specification."""
    sdl = (
        fed2("tag", "cost", "policy")
        + 'type Query { a: Int @tag(name: "x") @cost(weight: 2) @policy(policies: [["p"]]) }'
    )
    supergraph = good(a=sdl)
    for spec in ("tag/v0.3", "cost/v0.1", "policy/v0.1"):
        assert f"https://specs.apollo.dev/{spec}" in supergraph
    assert '@tag(name: "x")' in supergraph
    assert "scalar policy__Policy" in supergraph


def test_names_of_graphs_are_unique() -> None:
    """Names that differ only in case or punctuation get numbers."""
    sdl = "type Query { %s: Int }"
    names = ("a-b", "a.b", "A_B", "1x", "n_1")
    result = compose([Subgraph(name, "", sdl % f"f{i}") for i, name in enumerate(names)])
    assert result.supergraph is not None
    found = re.findall(r"^  (\w+) @join__graph", result.supergraph, re.M)
    assert sorted(found) == ["A_B_1", "A_B_2", "A_B_3", "N_1_", "_1X"]


def test_api_hides_what_is_inaccessible() -> None:
    """The API has neither hidden elements nor subgraphs' directives."""
    sdl = fed2("inaccessible", "tag") + (
        'type Query { a(x: Int @inaccessible): E @tag(name: "t") h: Int @inaccessible old: Int @deprecated } '
        "enum E { X Y @inaccessible }"
    )
    api = run(a=sdl).api_schema or ""
    assert "old: Int @deprecated" in api
    assert "a: E" in api
    assert not re.search(r"\bh\b|\bY\b|tag|inaccessible|join__", api)


def test_most_common_description_wins_with_a_hint() -> None:
    """Descriptions are merged, and the difference is told."""
    shared = fed2("shareable")
    result = run(
        a=shared + '"one" type A @shareable { n: Int } type Query { a: A }',
        b=shared + '"two" type A @shareable { n: Int }',
        c=shared + '"two" type A @shareable { n: Int }',
    )
    assert '"""two"""\ntype A' in (result.supergraph or "")
    assert [hint.code for hint in result.hints] == ["INCONSISTENT_DESCRIPTION"]


def test_contexts_are_told_to_the_gateway() -> None:
    """A type's contexts carry their subgraph's name; the argument leaves the field."""
    supergraph = good(market=CONTEXT)
    assert '@context(name: "market__shop")' in supergraph
    assert "directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION" in supergraph
    assert '@link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)' in supergraph
    assert "  price: Int @join__field(" in supergraph


def test_cache_tags_travel_by_join_directive() -> None:
    """What only concerns the gateway is attributed to its subgraphs."""
    sdl = fed2("cacheTag", version="v2.12") + 'type Query { a: Int @cacheTag(format: "a") }'
    supergraph = good(one=sdl)
    assert 'name: "federation__cacheTag", args: {format: "a"})' in supergraph
    assert "join/v0.4" in supergraph


def test_one_of_inputs_stay_so() -> None:
    """An input of which exactly one field must be given says so in both schemas."""
    result = run(a="type Query { a(i: I): Int } input I @oneOf { x: Int y: Int }")
    assert "directive @oneOf on INPUT_OBJECT" in (result.supergraph or "")
    assert "input I\n  @oneOf\n" in (result.api_schema or "")


def test_descriptions_keep_their_blanks() -> None:
    """A block string would lose leading blanks: such texts are printed with escapes."""
    result = run(a='"  far\\n    in" type Query { "\\ttab" a("\\u0007" x: Int): Int }')
    for sdl in (result.supergraph, result.api_schema):
        query = build_schema(sdl or "", assume_valid=True).query_type
        assert query is not None
        assert query.description == "  far\n    in"
        assert query.fields["a"].description == "\ttab"
        assert query.fields["a"].args["x"].description == "\x07"
