"""What a change of the schema does to clients: each kind, at its level, with its coordinate."""

from __future__ import annotations

import pytest
from graphql import parse, validate
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType, SafeChangeType

from gateway.composition.changes import Change, ChangeLevel, SchemaUnreadableError, find_changes, read_client_schema
from gateway.supergraph import load_supergraph
from tests.unit.gateway.composition.support import fed2, good

OLD = """
directive @d(gone: Int, changed: Int, wider: Int!, one: Int = 1, none: Int, other: Int = 1) repeatable on FIELD | QUERY
directive @e(a: Int) on FIELD
directive @f on FIELD
"A root" type Query {
  gone: Int kind: Int wider: Int
  args(gone: Int, kind: Int, wider: Int!, none: Int, one: Int = 1, "An argument" said: Int): Field
  u: U e: E s: S old: Int @deprecated pet: Pet
}
type Field implements A { "A field" a: Int }
type Field2 { a: Int }
interface A { a: Int }
interface B { a: Int }
type Pet implements A { a: Int b: Gone k: K }
type Gone { a: Int }
type K { a: Int }
union U = Field | Field2
enum E { "A value" X Y }
scalar S @specifiedBy(url: "https://one.test")
input In { kind: Int wider: Int! none: Int one: Int = 1 "An input field" said: Int }
input Of { a: Int b: Int }
type Mutation { m(in: In, of: Of): Int }
"""
NEW = """
directive @d(changed: String, wider: Int, one: Int = 2, none: Int = 3, other: Int, needed: Int!, free: Int)
  on FIELD | MUTATION
directive @e(a: Int) repeatable on FIELD
directive @g on FIELD
"The root" type Query {
  kind: String wider: Int! more: Int
  args(kind: String, wider: Int, none: Int = 3, one: Int = 2, needed: Int!, free: Int, "The argument" said: Int): Field
  u: U e: E s: S old: Int pet: Pet
}
type Field { "The field" a: Int }
type Field2 { a: Int }
interface A { a: Int }
interface B { a: Int }
type Pet implements A & B { a: Int k: K @deprecated(reason: "Old") }
interface K { a: Int }
type More { a: Int }
union U = Field | More
enum E { "The value" X Z }
scalar S @specifiedBy(url: "https://two.test")
input In { kind: String wider: Int none: Int = 3 one: Int = 2 needed: Int! free: Int "The input field" said: Int }
input Of @oneOf { a: Int b: Int }
type Mutation { m(in: In, of: Of): Int }
type Subscription { s: Int }
"""

BREAKING = [
    "DIRECTIVE_LOCATION_REMOVED @d",
    "DIRECTIVE_REPEATABLE_REMOVED @d",
    "ARG_CHANGED_KIND @d(changed:)",
    "DIRECTIVE_ARG_REMOVED @d(gone:)",
    "REQUIRED_DIRECTIVE_ARG_ADDED @d(needed:)",
    "DIRECTIVE_REMOVED @f",
    "VALUE_REMOVED_FROM_ENUM E.Y",
    "IMPLEMENTED_INTERFACE_REMOVED Field",
    "TYPE_REMOVED Gone",
    "FIELD_CHANGED_KIND In.kind",
    "REQUIRED_INPUT_FIELD_ADDED In.needed",
    "TYPE_CHANGED_KIND K",
    "ONE_OF_ADDED Of",
    "FIELD_REMOVED Pet.b",
    "ARG_REMOVED Query.args(gone:)",
    "ARG_CHANGED_KIND Query.args(kind:)",
    "REQUIRED_ARG_ADDED Query.args(needed:)",
    "FIELD_REMOVED Query.gone",
    "FIELD_CHANGED_KIND Query.kind",
    "TYPE_REMOVED_FROM_UNION U",
]
DANGEROUS = [
    "ARG_DEFAULT_VALUE_CHANGE @d(one:)",
    "ARG_DEFAULT_VALUE_CHANGE @d(other:)",
    "VALUE_ADDED_TO_ENUM E.Z",
    "OPTIONAL_INPUT_FIELD_ADDED In.free",
    "INPUT_FIELD_DEFAULT_VALUE_CHANGE In.one",
    "IMPLEMENTED_INTERFACE_ADDED Pet",
    "OPTIONAL_ARG_ADDED Query.args(free:)",
    "ARG_DEFAULT_VALUE_CHANGE Query.args(one:)",
    "SPECIFIED_BY_CHANGED S",
    "TYPE_ADDED_TO_UNION U",
]
SAFE = [
    "DIRECTIVE_LOCATION_ADDED @d",
    "OPTIONAL_DIRECTIVE_ARG_ADDED @d(free:)",
    "ARG_DEFAULT_VALUE_ADDED @d(none:)",
    "ARG_CHANGED_KIND_SAFE @d(wider:)",
    "DIRECTIVE_REPEATABLE_ADDED @e",
    "DIRECTIVE_ADDED @g",
    "DESCRIPTION_CHANGED E.X",
    "DESCRIPTION_CHANGED Field.a",
    "INPUT_FIELD_DEFAULT_VALUE_ADDED In.none",
    "DESCRIPTION_CHANGED In.said",
    "FIELD_CHANGED_KIND_SAFE In.wider",
    "TYPE_ADDED More",
    "DEPRECATION_ADDED Pet.k",
    "DESCRIPTION_CHANGED Query",
    "ARG_DEFAULT_VALUE_ADDED Query.args(none:)",
    "DESCRIPTION_CHANGED Query.args(said:)",
    "ARG_CHANGED_KIND_SAFE Query.args(wider:)",
    "FIELD_ADDED Query.more",
    "DEPRECATION_REMOVED Query.old",
    "FIELD_CHANGED_KIND_SAFE Query.wider",
    "ROOT_TYPE_ADDED Subscription",
    "TYPE_ADDED Subscription",
]


def found(old: str, new: str) -> list[Change]:
    return list(find_changes(read_client_schema(old), read_client_schema(new)))


def listed(changes: list[Change], level: ChangeLevel) -> list[str]:
    return [f"{change.code} {change.coordinate}" for change in changes if change.level is level]


def test_each_change_has_its_level_and_coordinate() -> None:
    changes = found(OLD, NEW)
    assert listed(changes, ChangeLevel.BREAKING) == BREAKING
    assert listed(changes, ChangeLevel.DANGEROUS) == DANGEROUS
    assert listed(changes, ChangeLevel.SAFE) == SAFE


def test_no_kind_of_change_is_left_out() -> None:
    """All that graphql-core can tell is among what was compared, so a new version's kinds are noticed here."""
    kinds = {kind.name for kinds in (BreakingChangeType, DangerousChangeType, SafeChangeType) for kind in kinds}
    assert kinds <= {change.code for change in found(OLD, NEW)}


def test_the_other_way_round() -> None:
    codes = {change.code: change.level for change in found(NEW, OLD)}
    assert codes["ROOT_TYPE_REMOVED"] is ChangeLevel.BREAKING
    assert codes["ONE_OF_REMOVED"] is ChangeLevel.SAFE
    assert codes["DEPRECATION_REMOVED"] is ChangeLevel.SAFE


def test_nothing_changed() -> None:
    assert found(OLD, OLD) == []


def test_a_type_called_like_a_word_of_the_sentence() -> None:
    (removed,) = (c for c in found("type Query { a: Int } type Field { a: Int }", "type Query { a: Int }"))
    assert (removed.code, removed.coordinate) == ("TYPE_REMOVED", "Field")


def test_root_and_reason_of_deprecation() -> None:
    old = 'schema { query: Q } type Q { a: Int @deprecated(reason: "x") } type Query { a: Int }'
    new = 'schema { query: Query } type Q { a: Int @deprecated(reason: "y") } type Query { a: Int }'
    assert {change.code for change in found(old, new)} == {"ROOT_TYPE_CHANGED", "DEPRECATION_CHANGED"}


def test_of_a_supergraph_only_what_clients_see_counts() -> None:
    link = fed2("inaccessible", "tag")
    old = good(one=link + 'type Query { a: Int b: Int @inaccessible c: Int @tag(name: "x") }')
    new = good(other=link + 'type Query { a: Int c: Int @tag(name: "y") }')
    assert found(old, new) == []
    hidden = good(one=link + "type Query { a: Int @inaccessible c: Int }")
    assert listed(found(old, hidden), ChangeLevel.BREAKING) == ["FIELD_REMOVED Query.a"]
    assert found(old, "type Query { a: Int c: Int }") == []


def test_a_field_may_be_deprecated_where_its_interface_is_not() -> None:
    """GraphQL forbids it since 2025; supergraphs that other composers make have it, and subgraphs together may."""
    link = fed2("shareable")
    whole = "type Query @shareable { p: P i: I } interface I { a: Int } type P implements I @shareable { a: Int }"
    part = 'type P @shareable { a: Int @deprecated(reason: "x") }'
    alone = whole.replace("@shareable { a: Int }", "@shareable { a: Int @deprecated }")
    for supergraph in (good(one=link + whole, two=link + part), good(one=link + alone)):
        loaded = load_supergraph(supergraph)
        assert validate(loaded.api_schema, parse("{ p { a } }")) == []
        assert found(supergraph, supergraph) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<html>", "Syntax Error"),
        ("", "Syntax Error"),
        ("type Query { a: Nope }", "Unknown type 'Nope'"),
        ("type A { a: Int }", "Query root type must be provided"),
        ("type Query { a: Int } enum join__Graph { A @join__graph(name: 1) } type A { b: C }", "valid API schema"),
        ("{ a " * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_told(text: str, says: str) -> None:
    with pytest.raises(SchemaUnreadableError, match=says):
        read_client_schema(text)
