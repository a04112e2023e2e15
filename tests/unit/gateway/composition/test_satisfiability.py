"""Every query can be answered, or an example shows one that cannot and why."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse, validate

from gateway.composition import CompositionError, Reason, ReasonKind, Subgraph, compose
from tests.unit.gateway.composition.support import codes, fed2, good, run

A = fed2("key") + 'type Query { a: A } type A @key(fields: "id") { id: ID! }'
ALL = fed2(
    "key", "external", "requires", "provides", "override", "shareable", "interfaceObject", "context", "fromContext"
)


def failure(**sdls: str) -> CompositionError:
    """The one error of subgraphs in which one field cannot be reached."""
    result = run(**sdls)
    (error,) = result.errors
    assert error.code == "SATISFIABILITY_ERROR"
    return error


def kinds(error: CompositionError) -> list[tuple[str, str]]:
    """Each reason's subgraph and kind."""
    return [(reason.subgraph, str(reason.kind)) for reason in error.details]


# What an error says


def test_message_shows_query_and_reasons() -> None:
    """The error names the query, and per subgraph why it cannot go on."""
    result = run(one=A, two=fed2("key") + 'type A @key(fields: "no") { no: Int! b: Int }')
    error, other = result.errors
    assert (error.coordinate, other.coordinate) == ("A.b", "A.no")
    assert error.message == (
        '"A.b" cannot be reached by the query { a { b } }: "one" does not define "A.b"; '
        'no way from "one" to "two" by @key(fields: "no"): "one" does not define "A.no".'
    )
    assert error.help == (
        'Let "one" resolve "A.no", or give "A" another @key in "two"; or resolve the field where the path leads.'
    )
    missing, closed = error.details
    assert (missing.kind, missing.field, missing.target) == (ReasonKind.NOT_DEFINED, "A.b", None)
    assert (closed.kind, closed.field, closed.target, closed.key) == (
        ReasonKind.KEY_FIELD_NOT_DEFINED,
        "A.no",
        "two",
        "no",
    )


def test_example_queries_are_valid() -> None:
    """Required arguments get variables, so that the example can be sent as it is."""
    error = failure(
        one=fed2("key")
        + "type Query { a(id: ID!, all: Boolean! = true): A } "
        + 'type A @key(fields: "id") { id: ID! sub(id: [Int!]!): A }',
        two=fed2("key") + 'type A @key(fields: "id", resolvable: false) { id: ID! b(id: Int!): B } type B { c: Int }',
    )
    query = "query ($id: ID!, $id2: Int!) { a(id: $id) { b(id: $id2) { __typename } } }"
    assert f"by the query {query}:" in error.message
    api = "type Query { a(id: ID!, all: Boolean! = true): A } type A { b(id: Int!): B } type B { c: Int }"
    assert not validate(build_schema(api), parse(query))


def test_all_unreachable_fields_are_reported_once_each() -> None:
    """However many queries lead to a field, and however many fields fail."""
    result = run(
        one=fed2("key") + 'type Query { a: A b: A } type A @key(fields: "id") { id: ID! again: A }',
        two="type A { x: Int y: Int }",
    )
    assert [error.coordinate for error in result.errors] == ["A.x", "A.y"]
    assert all("{ a { " in error.message for error in result.errors)


def test_errors_are_the_same_in_any_order() -> None:
    """Neither reasons nor examples hang on the order of subgraphs."""
    parts = [Subgraph(name, "", sdl) for name, sdl in (("one", A), ("two", "type A { x: Int }"), ("three", A))]
    parts[2] = Subgraph("three", "", fed2("key") + 'type Query { z: A } type A @key(fields: "id") { id: ID! }')
    assert compose(parts).errors == compose(parts[::-1]).errors


def test_what_many_subgraphs_have_in_common_is_said_once() -> None:
    """A type in dozens of subgraphs does not make a message of pages."""
    sdls = {
        f"s{number}": fed2("key") + f'type A @key(fields: "id") {{ id: ID! f{number}: Int }}' for number in range(40)
    }
    error = failure(one=A, two="type A { x: Int }", **sdls)
    assert len(error.message) < 1500
    assert len(error.details) == 82


# Each kind of reason


def test_reason_external() -> None:
    """The subgraph knows the field but leaves it to another that has no key."""
    error = failure(
        one=ALL + 'type Query { a: A @provides(fields: "x") b: A } ' + "type A { id: ID! @shareable x: Int @external }",
        two=ALL + "type A { id: ID! @shareable x: Int @shareable }",
    )
    assert kinds(error) == [("one", "EXTERNAL"), ("one", "NO_KEY")]
    assert (
        '{ b { x } }: "A.x" is @external in "one"; no way from "one" to "two": "A" has no @key there' in error.message
    )


def test_reason_overridden() -> None:
    """The field has moved to a subgraph that cannot be entered."""
    result = run(
        one=ALL + 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }',
        two=ALL + 'type A @key(fields: "no") { no: ID! x: Int @override(from: "one") }',
    )
    error = result.errors[-1]
    assert error.coordinate == "A.x"
    assert kinds(error) == [("one", "OVERRIDDEN"), ("one", "KEY_FIELD_NOT_DEFINED")]
    assert '"two" overrides "A.x" of "one"' in error.message


@pytest.mark.parametrize(("active", "kind"), [(True, "OVERRIDDEN"), (False, "NOT_YET_OVERRIDING")])
def test_reason_label(active: bool, kind: str) -> None:
    """A field in rollout is where its label says; the error says under which."""
    old, new = ("one", "two") if active else ("two", "one")
    field = {
        old: "x: Int",
        new: f'x: Int @override(from: "{old}", label: "step")',
    }
    result = run(
        one=ALL + f'type Query {{ a: A }} type A @key(fields: "id") {{ id: ID! {field["one"]} }}',
        two=ALL + f'type A @key(fields: "no") {{ no: ID! {field["two"]} }}',
    )
    error = result.errors[-1]
    assert error.coordinate == "A.x"
    assert f'while label "step" is {"active" if active else "not active"}:' in error.message
    assert kinds(error)[0] == ("one", kind)
    assert error.details[0].label == "step"


def test_reason_key_not_resolvable() -> None:
    """A key that is not resolvable is no way in."""
    error = failure(one=A, two=ALL + 'type A @key(fields: "id", resolvable: false) { id: ID! b: Int }')
    assert kinds(error) == [("one", "NOT_DEFINED"), ("one", "KEY_NOT_RESOLVABLE")]
    assert '@key(fields: "id") of "A" is not resolvable there' in error.message


def test_reason_requirement() -> None:
    """What a field requires is out of reach."""
    result = run(
        one=A,
        two=ALL + 'type A @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
        three="type A { x: Int }",
    )
    error = next(error for error in result.errors if error.coordinate == "A.y")
    assert ("two", "REQUIREMENT") in kinds(error)
    assert 'in "two", the field requires "x" of "A", and "A.x" cannot be had there' in error.message


def test_reason_no_way_back() -> None:
    """What a field requires can be had, but not be sent to where it is required."""
    error = failure(
        one=ALL
        + 'type Query { a: A } type A @key(fields: "id", resolvable: false) '
        + '{ id: ID! x: Int @external y: Int @requires(fields: "x") }',
        two=ALL + 'type A @key(fields: "id") { id: ID! x: Int }',
    )
    assert error.coordinate == "A.y"
    assert ("one", "NO_WAY_BACK") in kinds(error)


def test_reason_no_context() -> None:
    """A context is not passed on every path."""
    error = failure(
        one=ALL
        + 'type Query { c: C a: A } type C @context(name: "c") { id: ID! v: Int! a: A } '
        + 'type A @key(fields: "id") { id: ID! x(v: Int @fromContext(field: "$c { v }")): Int }',
    )
    assert error.coordinate == "A.x"
    assert kinds(error) == [("one", "NO_CONTEXT")]


def test_reason_unknown_type() -> None:
    """The real type behind an interface object is known only where no way leads."""
    error = failure(
        one=ALL
        + 'interface N @key(fields: "id", resolvable: false) { id: ID! } '
        + 'type M implements N @key(fields: "id", resolvable: false) { id: ID! }',
        two=ALL + 'type Query { n: N } type N @key(fields: "id") @interfaceObject { id: ID! }',
    )
    assert error.coordinate == "N"
    assert kinds(error) == [("two", "UNKNOWN_TYPE"), ("two", "KEY_NOT_RESOLVABLE")]
    assert "by the query { n { __typename } }" in error.message


HOME = 'type Query { a: A } type A @key(fields: "id") { id: ID! %s }'
AWAY = 'type A @key(fields: "%s") { %s b: Int }'


@pytest.mark.parametrize(
    ("kind", "field", "home", "away"),
    [
        ("KEY_FIELD_NOT_DEFINED", "A.no", HOME % "", AWAY % ("no", "no: Int!")),
        (
            "KEY_FIELD_EXTERNAL",
            "A.no",
            HOME % 'no: Int! @external c: Int @requires(fields: "no")',
            AWAY % ("no", "no: Int!"),
        ),
        ("KEY_FIELD_OVERRIDDEN", "A.id", HOME % "", AWAY % ("id", 'id: ID! @override(from: "one")')),
        ("KEY_FIELD_ROLLED_OUT", "A.id", HOME % "", AWAY % ("id", 'id: ID! @override(from: "one", label: "l")')),
        (
            "KEY_FIELD_REQUIRES",
            "A.no",
            HOME % 'x: Int @external no: Int! @requires(fields: "x") @shareable',
            AWAY % ("no", "no: Int! x: Int"),
        ),
        (
            "KEY_FIELD_UNREACHABLE",
            "O.id",
            HOME % 'o: O @shareable } type O @key(fields: "k") { k: ID!',
            AWAY % ("o { id }", "o: O @shareable") + ' type O @key(fields: "k") { k: ID! id: ID! }',
        ),
    ],
)
def test_reasons_for_a_key_field(kind: str, field: str, home: str, away: str) -> None:
    """Why the field of a key cannot be had."""
    result = run(one=ALL + home, two=ALL + away)
    error = next(error for error in result.errors if error.coordinate == "A.b")
    (reason,) = [reason for reason in error.details if reason.kind == kind]
    assert (reason.subgraph, reason.target, reason.field) == ("one", "two", field)
    assert reason.sentence in error.message


def test_every_kind_has_a_sentence() -> None:
    """No reason is without words."""
    for kind in ReasonKind:
        words = Reason(kind, "here", "T", "T.f", "there", "id", "step").sentence
        assert '"here"' in words or '"T.f"' in words
        assert "None" not in words


# What can be reached


def test_chain_of_keys() -> None:
    """Two keys of a middle subgraph lead on."""
    good(
        one=A,
        two=fed2("key") + 'type A @key(fields: "id") @key(fields: "no") { id: ID! no: Int! }',
        three=fed2("key") + 'type A @key(fields: "no") { no: Int! b: Int }',
    )


def test_chain_of_requirements() -> None:
    """A requirement may have requirements."""
    good(
        one=A,
        two=ALL + 'type A @key(fields: "id") { id: ID! x: Int }',
        three=ALL + 'type A @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
        four=ALL + 'type A @key(fields: "id") { id: ID! y: Int @external z: Int @requires(fields: "y") }',
    )


def test_fields_that_require_each_other() -> None:
    """A circle is an error like any other."""
    half = 'type A @key(fields: "id") {{ id: ID! {0}: Int @external {1}: Int @requires(fields: "{0}") }}'
    result = run(one=A, two=ALL + half.format("x", "y"), three=ALL + half.format("y", "x"))
    assert [(error.code, error.coordinate) for error in result.errors] == [
        ("SATISFIABILITY_ERROR", "A.x"),
        ("SATISFIABILITY_ERROR", "A.y"),
    ]


def test_shared_mutation_must_lead_on_in_one_subgraph() -> None:
    """What a mutation returns is read where it ran."""
    shared = fed2("shareable") + "type Mutation { do: R @shareable } type R { x: Int @shareable %s: Int }"
    result = run(one="type Query { q: Int }", two=shared % "a", three=shared % "b")
    assert codes(result) == {"SATISFIABILITY_ERROR"}


def test_implementation_without_way_to_its_field() -> None:
    """Interfaces are followed into their implementations."""
    error = failure(
        one=fed2("shareable")
        + "type Query { n: N } interface N { id: ID! } type A implements N { id: ID! @shareable }",
        two=fed2("shareable") + "type A { id: ID! @shareable b: Int }",
    )
    assert "{ n { ... on A { b } } }" in error.message


def test_unreachable_types_do_not_matter() -> None:
    """What no query reaches needs no way."""
    good(one="type Query { q: Int }", two="type A { x: Int }", three=fed2("shareable") + "type A { y: Int }")


# Override labels


def many_labels(last: str) -> dict[str, str]:
    """A field that is lost only while l1 and l2 are active, l3 and `last` are not; two labels more for good measure."""
    closed = '@key(fields: "m", resolvable: false) { m: ID! @shareable v: Int @shareable }'
    sdls = {
        "s1": 'type Query { q: T x: Int y: Int } type T @key(fields: "k", resolvable: false) '
        f"{{ k: ID! w: T2 @shareable }} type T2 {closed}",
        "s2": 'type Query { q: T @override(from: "s1", label: "l1") } type T @key(fields: "k") '
        '{ k: ID! w: T2 @shareable @override(from: "s7", label: "l2") } type T2 @key(fields: "m") '
        '{ m: ID! @shareable v: Int @shareable @override(from: "s3", label: "l3") }',
        "s3": f"type T2 {closed}",
        "s4": f'type T2 @key(fields: "m") {{ m: ID! v: Int @shareable {last} }}',
        "s7": f'type T @key(fields: "k") {{ k: ID! w: T2 @shareable }} type T2 {closed}',
        "s8": f"type T2 {closed}",
        "s9": 'type Query { x: Int @override(from: "s1", label: "l5") y: Int @override(from: "s1", label: "l6") }',
    }
    return {name: ALL + sdl for name, sdl in sdls.items()}


def test_the_one_bad_combination_of_many_labels_is_found() -> None:
    """However many labels there are, and whatever is the matter only while some are active and others not."""
    error = failure(**many_labels('@override(from: "s8", label: "l4")'))
    assert error.coordinate == "T2.v"
    told = 'while label "l1" is active and "l2" is active and "l3" is not active and "l4" is not active'
    assert f"by the query {{ q {{ w {{ v }} }} }} {told}:" in error.message
    good(**many_labels(""))


def test_fields_that_move_under_one_label_move_together() -> None:
    """A path is proven under one value of each label, not under both at once."""
    parts = {
        "s1": ALL + "type Query { q: T } type T { x: Int }",
        "s2": ALL
        + 'type Query { q: T @override(from: "s1", label: "a") } '
        + 'type T { x: Int @override(from: "s1", label: "LABEL") }',
    }
    good(s1=parts["s1"], s2=parts["s2"].replace("LABEL", "a"))
    assert failure(s1=parts["s1"], s2=parts["s2"].replace("LABEL", "b")).coordinate == "T.x"


def test_no_budget_makes_it_a_yes() -> None:
    """Wherever the work is broken off, in the first walk or in the one that carries labels, it is an error."""
    sdls = many_labels('@override(from: "s8", label: "l4")')
    parts = [Subgraph(name, "", sdl) for name, sdl in sdls.items()]
    found = [codes(compose(parts, steps=steps)) for steps in range(1, 600, 20)]
    assert found[0] == {"COMPOSITION_LIMIT_EXCEEDED"}
    assert found[-1] == {"SATISFIABILITY_ERROR"}
    assert sorted(map(str, found)) == [str(item) for item in found]


# How much work it is


def test_spent_budget_is_an_error() -> None:
    """A proof that was given up is never a yes."""
    assert codes(compose([Subgraph("one", "", A)], steps=1)) == {"COMPOSITION_LIMIT_EXCEEDED"}


COUNT = 300


def test_long_chain_of_types() -> None:
    """Hundreds of steps below each other are no matter of recursion."""
    types = "".join(f"type T{n} {{ next: T{n + 1} }} " for n in range(COUNT))
    good(one=f"type Query {{ t: T0 }} {types} type T{COUNT} {{ end: Int }}")


def test_long_chain_of_requirements() -> None:
    """Neither are hundreds of fields of which each requires the one before, in turns."""
    parts = {"two": "f0: Int @external", "three": ""}
    for n in range(1, COUNT):
        here, there = ("two", "three") if n % 2 else ("three", "two")
        parts[here] += f' f{n}: Int @requires(fields: "f{n - 1}")'
        parts[there] += f" f{n}: Int @external" if n + 1 < COUNT else ""
    good(
        one=ALL + 'type Query { a: A } type A @key(fields: "id") { id: ID! f0: Int } ',
        **{name: ALL + f'type A @key(fields: "id") {{ id: ID! {fields} }}' for name, fields in parts.items()},
    )


def test_long_chain_of_keys() -> None:
    """Nor hundreds of subgraphs of which each is opened by what the one before has, nested or not."""
    keys = [f"k{n}" if n % 2 else f"k{n} {{ id }}" for n in range(COUNT)]
    sdls = {}
    for n in range(COUNT - 1):
        fields = "".join(f" k{m}: {'ID!' if m % 2 else 'K!'}" for m in (n, n + 1))
        sdls[f"s{n}"] = (
            ALL + f'type A @key(fields: "{keys[n]}") @key(fields: "{keys[n + 1]}") {{ {fields} }} '
            "type K @shareable { id: ID! }"
        )
    sdls["s0"] += "type Query { a: A }"
    sdls["end"] = ALL + f'type A @key(fields: "{keys[-1]}") {{ {keys[-1].partition(" ")[0]}: ID! x: Int }}'
    good(**sdls)
