"""Loading supergraph documents."""

from __future__ import annotations

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLUnionType

from gateway.supergraph import SupergraphError, load_supergraph
from tests.unit.gateway.supergraph.documents import HEAD, SHOP


def test_subgraphs_go_by_their_real_names() -> None:
    """The join spec's enum values are only how the document spells them."""
    assert load_supergraph(SHOP).subgraphs == {"a-1": "http://a", "b": "http://b", "c": "http://c"}


def test_the_api_schema_has_no_machinery() -> None:
    schema = load_supergraph(SHOP).api_schema
    assert not [name for name in schema.type_map if name.startswith(("join__", "link__"))]
    assert {directive.name for directive in schema.directives} <= {
        "include",
        "skip",
        "deprecated",
        "specifiedBy",
        "oneOf",
    }


def test_the_api_schema_hides_what_is_inaccessible() -> None:
    schema = load_supergraph(SHOP).api_schema
    thing, query, mood = schema.get_type("Thing"), schema.query_type, schema.get_type("Mood")
    assert isinstance(thing, GraphQLObjectType)
    assert query is not None
    assert isinstance(mood, GraphQLEnumType)
    assert "hidden" not in thing.fields
    assert schema.get_type("Secret") is None
    assert list(query.fields["thing"].args) == ["id"]
    assert list(mood.values) == ["GOOD"]


def test_the_api_schema_keeps_deprecations() -> None:
    thing = load_supergraph(SHOP).api_schema.get_type("Thing")
    assert isinstance(thing, GraphQLObjectType)
    assert thing.fields["code"].deprecation_reason == "use id"


def test_unions_keep_all_members() -> None:
    found = load_supergraph(SHOP).api_schema.get_type("Any")
    assert isinstance(found, GraphQLUnionType)
    assert [member.name for member in found.types] == ["Thing", "Maker"]


@pytest.mark.parametrize(
    ("sdl", "code", "says"),
    [
        ("type Query {", "INVALID_GRAPHQL", "not GraphQL"),
        ("type Query { a: Int }", "NOT_A_SUPERGRAPH", "join__Graph"),
        (HEAD + "type Query @join__type(graph: NONE) { a: Int }", "INVALID_SUPERGRAPH", "unknown graph NONE"),
        (HEAD + 'type Query @join__type(graph: A, key: "{") { a: Int }', "INVALID_SUPERGRAPH", "not a field set"),
        (HEAD + 'type Query @join__type(graph: A, key: "...X") { a: Int }', "INVALID_SUPERGRAPH", "named fragments"),
        (HEAD + "type Query @join__type(graph: A) { a: Unknown }", "INVALID_SUPERGRAPH", "Unknown"),
        (HEAD + "enum X { A }", "INVALID_SUPERGRAPH", "Query"),
        ("enum join__Graph { A }", "INVALID_SUPERGRAPH", "join__Graph.A"),
    ],
)
def test_bad_documents_are_refused_with_a_reason(sdl: str, code: str, says: str) -> None:
    with pytest.raises(SupergraphError) as caught:
        load_supergraph(sdl)
    assert caught.value.code == code
    assert says in caught.value.message


def test_features_that_must_not_be_ignored_are_refused() -> None:
    """`for: EXECUTION` or `SECURITY` says that answers would be wrong without."""
    sdl = SHOP.replace(
        "{ query: Query }", '@link(url: "https://example.org/specs/quota/v1.0", for: SECURITY) { query: Query }'
    )
    with pytest.raises(SupergraphError, match="quota") as caught:
        load_supergraph(sdl)
    assert caught.value.code == "UNSUPPORTED_LINKED_FEATURE"
