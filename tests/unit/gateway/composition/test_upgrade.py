"""Federation 1 subgraphs are brought up to federation 2 before they are merged."""

from __future__ import annotations

from tests.unit.gateway.composition.support import codes, fed2, good, run


def test_value_types_become_shareable() -> None:
    """What federation 1 shared silently is shared."""
    sdl = "type Query { %s: P } type P { n: Int }"
    supergraph = good(a=sdl % "a", b=sdl % "b")
    assert "  n: Int\n" in supergraph


def test_extension_key_is_not_external() -> None:
    """The key of an extension is known to who extends."""
    supergraph = good(
        a='type Query { g: G } type G @key(fields: "id") { id: ID! }',
        b='extend type G @key(fields: "id") { id: ID! @external n: Int }',
    )
    assert "external" not in supergraph.split("type G", 1)[1].split("}", 1)[0]


def test_unused_externals_are_removed() -> None:
    """A leftover external field is no claim."""
    supergraph = good(
        a='type Query { g: G } type G @key(fields: "id") { id: ID! old: Int }',
        b='extend type G @key(fields: "id") { id: ID! @external old: Int @external n: Int }',
    )
    assert "old: Int @join__field(graph: A)" in supergraph


def test_useless_requirements_are_dropped() -> None:
    """A requirement that is resolved locally is none."""
    supergraph = good(
        a='type Query { g: G } type G @key(fields: "id") { id: ID! x: Int n: Int @requires(fields: "x") }'
    )
    assert "requires" not in supergraph.split("type G", 1)[1]


def test_key_as_list_of_names() -> None:
    """Old servers printed keys as lists."""
    supergraph = good(a='type Query { g: G } type G @key(fields: ["id", "no"]) { id: ID! no: Int! }')
    assert 'key: "id no"' in supergraph


def test_extension_without_base() -> None:
    """Extending what nobody defines is an error in both versions."""
    assert codes(run(a="type Query { g: G } extend type G { n: Int }")) == {"EXTENSION_WITH_NO_BASE"}


def test_version_1_and_2_meet() -> None:
    """A federation 2 owner must still allow sharing."""
    result = run(a=fed2("key") + "type Query { p: P } type P { n: Int }", b="type Query { q: P } type P { n: Int }")
    assert codes(result) == {"INVALID_FIELD_SHARING"}
