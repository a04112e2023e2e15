"""Every query can be answered, or an example shows one that cannot and why."""

from __future__ import annotations

from gateway.composition import Subgraph, compose
from gateway.composition.satisfiability.check import label_sets
from tests.unit.gateway.composition.support import codes, fed2, good, run

A = fed2("key") + 'type Query { a: A } type A @key(fields: "id") { id: ID! }'


def test_message_shows_query_and_reasons() -> None:
    """The error names the query, and per subgraph why it cannot go on."""
    result = run(one=A, two=fed2("key") + 'type A @key(fields: "no") { no: Int! b: Int }')
    error, _ = result.errors
    assert error.coordinate == "A.b"
    assert "{ a { b }}" in error.message
    assert 'in "one": "A.b" does not exist' in error.message
    assert 'cannot move to "two" with @key(fields: "no"): "A.no" cannot be had here' in error.message


def test_chain_of_keys() -> None:
    """Two keys of a middle subgraph lead on."""
    good(
        one=A,
        two=fed2("key") + 'type A @key(fields: "id") @key(fields: "no") { id: ID! no: Int! }',
        three=fed2("key") + 'type A @key(fields: "no") { no: Int! b: Int }',
    )


def test_chain_of_requirements() -> None:
    """A requirement may have requirements."""
    extra = fed2("key", "external", "requires")
    good(
        one=A,
        two=fed2("key") + 'type A @key(fields: "id") { id: ID! x: Int }',
        three=extra + 'type A @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
        four=extra + 'type A @key(fields: "id") { id: ID! y: Int @external z: Int @requires(fields: "y") }',
    )


def test_shared_mutation_must_lead_on_in_one_subgraph() -> None:
    """What a mutation returns is read where it ran."""
    shared = fed2("shareable") + "type Mutation { do: R @shareable } type R { x: Int @shareable %s: Int }"
    result = run(one="type Query { q: Int }", two=shared % "a", three=shared % "b")
    assert codes(result) == {"SATISFIABILITY_ERROR"}


def test_implementation_without_way_to_its_field() -> None:
    """Interfaces are followed into their implementations."""
    result = run(
        one=fed2("shareable")
        + "type Query { n: N } interface N { id: ID! } type A implements N { id: ID! @shareable }",
        two=fed2("shareable") + "type A { id: ID! @shareable b: Int }",
    )
    (error,) = result.errors
    assert "... on A { b }" in error.message


def test_unreachable_types_do_not_matter() -> None:
    """What no query reaches needs no way."""
    good(one="type Query { q: Int }", two="type A { x: Int }", three=fed2("shareable") + "type A { y: Int }")


def test_spent_budget_is_an_error() -> None:
    """A proof that was given up is never a yes."""
    assert codes(compose([Subgraph("one", "", A)], steps=1)) == {"COMPOSITION_LIMIT_EXCEEDED"}


def test_labels_tried() -> None:
    """All combinations of a few labels, the single ones of many."""
    assert len(list(label_sets(["a", "b"]))) == 4
    many = [f"l{n}" for n in range(8)]
    sets = list(label_sets(many))
    assert len(sets) == 2 + 2 * 8
    assert frozenset({"l3"}) in sets
