"""A schema cut over subgraphs composes to the schema it was, in any order and whatever stands beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from graphql import build_schema, lexicographic_sort_schema, print_type

from gateway.composition import CompositionResult, Subgraph, compose
from tests.conformance.composition.facts import join_facts
from tests.properties.composition.support import normal, shown, sound, subgraphs
from tests.support.federation.chance import Chance, drawn
from tests.support.federation.cut import Cut, random_cut
from tests.support.federation.part import Part
from tests.support.properties import holds

STRANGER = """
schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"]) { query: Query }
type Query { stranger: Stranger! strangers(of: StrangerKind = FAR): [Stranger] }
type Stranger @key(fields: "id") { id: ID! name: String met: Guest }
interface Guest { name: String }
type Visitor implements Guest { name: String }
enum StrangerKind { NEAR FAR }
"""


def _composed(given: list[Subgraph]) -> CompositionResult:
    result = compose(given)
    assert result.ok, f"{[str(error) for error in result.errors]}\n{shown(given)}"
    return result


@holds(quick=30, soak=6000, made=drawn(random_cut))
def test_a_cut_schema_keeps_its_api(made: Cut) -> None:
    """Whatever is spread, shared, required, provided or overridden: clients see the whole."""
    parts = subgraphs(made)
    result = sound(parts)
    assert result.api_schema is not None, f"{[str(error) for error in result.errors]}\n{shown(parts)}"
    assert normal(result.api_schema) == normal(made.whole.sdl), shown(parts)


def _shuffled(chance: Chance) -> tuple[list[Subgraph], list[Subgraph]]:
    """The subgraphs of a cut, at times without one of them, so that some fail; and the same in other order."""
    parts = subgraphs(random_cut(chance))
    if len(parts) > 2 and chance.flag():
        parts.remove(chance.choice(parts))
    return parts, chance.shuffled(parts)


@holds(quick=20, soak=4000, orders=drawn(_shuffled))
def test_order_never_matters(orders: tuple[list[Subgraph], list[Subgraph]]) -> None:
    """The same bytes, errors and hints come out."""
    one, other = orders
    assert compose(one) == compose(other), shown(one)


@holds(quick=12, soak=3000, made=drawn(random_cut))
def test_a_stranger_changes_nothing_else(made: Cut) -> None:
    """A subgraph that shares nothing adds its own part of the API, and taking it away leaves the rest."""
    parts = subgraphs(made)
    alone = _composed(parts)
    beside = _composed([*parts, Subgraph("stranger", "", STRANGER)])
    before, after = _types(alone.api_schema), _types(beside.api_schema)
    query, wider = before.pop("Query"), after.pop("Query")
    assert before.items() <= after.items(), shown(parts)
    assert set(after) - set(before) == {"Stranger", "Guest", "Visitor", "StrangerKind"}
    assert set(query.splitlines()) <= set(wider.splitlines())
    assert set(alone.hints) <= set(beside.hints)


def _types(api: str | None) -> dict[str, str]:
    """Each type's text in an API schema."""
    schema = lexicographic_sort_schema(build_schema(api or ""))
    return {name: print_type(found) for name, found in schema.type_map.items() if not name.startswith("__")}


@holds(quick=12, soak=3000, made=drawn(random_cut))
def test_names_of_subgraphs_are_only_names(made: Cut) -> None:
    """Under other names, which sort otherwise, the supergraph says the same of each subgraph."""
    count = len(made.parts)
    names = {part.name: f"renamed-{count - index}-" for index, part in enumerate(made.parts)}
    before = _composed(subgraphs(made))
    after = _composed([_renamed(part, names) for part in made.parts])
    assert normal(before.api_schema or "") == normal(after.api_schema or "")
    assert Counter(hint.code for hint in before.hints) == Counter(hint.code for hint in after.hints)
    facts = "\n".join(join_facts(after.supergraph or ""))
    for name, other in names.items():
        facts = facts.replace(other, name)
    assert set(facts.split("\n")) == set(join_facts(before.supergraph or "")), shown(subgraphs(made))


def _renamed(part: Part, names: dict[str, str]) -> Subgraph:
    roles = {
        found: {field: replace(role, override=names.get(role.override or "")) for field, role in fields.items()}
        for found, fields in part.roles.items()
    }
    return Subgraph(names[part.name], part.url, replace(part, roles=roles).sdl)
