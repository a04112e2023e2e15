"""The graph of moves and its path search."""

from __future__ import annotations

from gateway.supergraph import load_supergraph
from gateway.supergraph.graph import MoveGraph, State
from gateway.supergraph.search import PathSearch
from gateway.supergraph.selection import FieldSel, FieldSet, parse_field_set, print_field_set
from tests.unit.gateway.supergraph.documents import SHOP

SUPERGRAPH = load_supergraph(SHOP)
A, B, C = "a-1", "b", "c"


def graph(*labels: str) -> MoveGraph:
    return MoveGraph(SUPERGRAPH.model, frozenset(labels))


def resolvers(field: str, *labels: str, type_name: str = "Thing") -> list[str]:
    moves = graph(*labels)
    return [name for name in (A, B, C) if moves.field(State(type_name, name), field)]


def test_a_field_is_resolved_where_its_joins_say() -> None:
    assert resolvers("id") == [A, C]
    assert resolvers("code") == [A, B]
    assert resolvers("label") == [A]


def test_a_field_without_joins_is_everywhere_its_type_is() -> None:
    assert resolvers("id", type_name="Maker") == [A, B]


def test_external_and_taken_over_fields_are_not_resolved() -> None:
    assert resolvers("weight") == [A]
    assert resolvers("gone") == [B]


def test_a_field_without_subgraph_belongs_to_interface_objects_alone() -> None:
    assert resolvers("views") == []
    assert resolvers("views", type_name="Node") == [C]


def test_a_labelled_override_holds_while_its_label_is_active() -> None:
    assert resolvers("old") == [A]
    assert resolvers("old", "move") == [B]


def test_requirements_come_with_the_move() -> None:
    move = graph().field(State("Thing", B), "fee")
    assert move is not None
    assert move.requires == (FieldSel("weight"),)


def test_provided_fields_are_resolved_along_their_path_only() -> None:
    moves = graph()
    thing = moves.field(State("Query", A), "thing")
    assert thing is not None and thing.target is not None
    maker = moves.field(thing.target, "maker")
    assert maker is not None and maker.target is not None
    assert moves.field(maker.target, "name") is not None
    assert moves.field(State("Maker", A), "name") is None


def test_an_interface_object_does_not_know_its_type() -> None:
    moves = graph()
    assert moves.field(State("Node", C), "__typename") is None
    assert moves.field(State("Node", A), "__typename") is not None
    assert moves.narrow(State("Node", C), "Thing") == State("Node", C)


def test_narrowing_keeps_to_the_members_a_subgraph_knows() -> None:
    moves = graph()
    assert moves.narrow(State("Any", A), "Maker") is None
    assert moves.narrow(State("Any", B), "Maker") == State("Maker", B)


def test_entrances_are_the_resolvable_keys() -> None:
    found = [
        (item.state.type, item.state.graph, print_field_set(item.key.fields)) for item in graph().entrances("Thing")
    ]
    assert found == [
        ("Thing", A, "id"),
        ("Thing", A, "code maker { id }"),
        ("Thing", B, "code maker { id }"),
        ("Node", C, "id"),
    ]


def test_routes_lead_through_other_subgraphs_where_keys_differ() -> None:
    """From c only `id` is known, so b is reached through a."""
    routes = PathSearch(graph()).routes("Thing", frozenset({State("Thing", C)}))
    assert routes[State("Thing", A)].via == ()
    assert routes[State("Thing", B)].via == (State("Thing", A),)
    assert routes[State("Thing", B)].depth == 2
    assert routes[State("Thing", C)].key is None


def test_what_no_key_leads_to_is_not_reached() -> None:
    routes = PathSearch(graph()).routes("Secret", frozenset({State("Secret", A)}))
    assert list(routes) == [State("Secret", A)]


def test_a_root_needs_no_key() -> None:
    routes = PathSearch(graph()).routes("Query", frozenset())
    assert {state.graph for state in routes} == {A, B}


def test_a_state_at_hand_can_be_entered_anew() -> None:
    """A field with requirements is taken from an entity even where the object is being read already."""
    search = PathSearch(graph())
    route = search.entry("Thing", State("Thing", A), frozenset({State("Thing", A)}))
    assert route is not None and route.key is not None
    assert print_field_set(route.key.fields) == "id"


def test_field_sets_are_printed_as_they_were_read() -> None:
    text = 'id price(currency: "EUR") ... on Book { author { id } }'
    fields: FieldSet = parse_field_set(text)
    assert print_field_set(fields) == text
