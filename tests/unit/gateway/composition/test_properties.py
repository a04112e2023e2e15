"""What must hold for any input: order never matters, broken input is refused and never crashes."""

from __future__ import annotations

from graphql import build_schema, lexicographic_sort_schema, print_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.composition import ErrorCode, Subgraph, compose
from tests.conformance.composition.own import own_cases

CASES = own_cases()
FIELDS = [f"f{n}" for n in range(6)]
TYPES = ("Alpha", "Beta", "Gamma")


@settings(max_examples=60, deadline=None)
@given(case=st.sampled_from(CASES), data=st.data())
def test_mutilated_input_never_crashes(case: object, data: st.DataObject) -> None:
    """Pieces of SDL cut out or repeated give a result with codes, whatever they were."""
    subgraphs: list[Subgraph] = []
    for subgraph in case.subgraphs:  # type: ignore[attr-defined]
        words = subgraph.sdl.split(" ")
        start = data.draw(st.integers(0, len(words)))
        end = data.draw(st.integers(start, min(len(words), start + 6)))
        again = data.draw(st.booleans())
        sdl = " ".join(words[:start] + (words[start:end] * 2 if again else []) + words[end:])
        subgraphs.append(Subgraph(subgraph.name, subgraph.url, sdl))
    result = compose(subgraphs)
    assert result.ok == (result.supergraph is not None)
    assert all(isinstance(error.code, ErrorCode) and error.message for error in result.errors)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_split_monolith_keeps_its_api(data: st.DataObject) -> None:
    """A schema cut over subgraphs by keys composes to the schema it was."""
    count = data.draw(st.integers(1, 4))
    homes = {(t, f): data.draw(st.integers(0, count - 1)) for t in TYPES for f in FIELDS}
    links = {t: data.draw(st.sampled_from(TYPES)) for t in TYPES}
    whole = "".join(_type(t, FIELDS, links[t]) for t in TYPES) + _query(TYPES)
    parts: list[Subgraph] = []
    for index in range(count):
        sdl = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n'
        for name in TYPES:
            own = [f for f in FIELDS if homes[name, f] == index]
            sdl += _type(name, own, links[name] if index == 0 else None, ' @key(fields: "id")')
        parts.append(Subgraph(f"part{index}", "", sdl + (_query(TYPES) if index == 0 else "")))
    result = compose(data.draw(st.permutations(parts)))
    assert result.api_schema is not None, result.errors
    assert _normal(result.api_schema) == _normal(whole)


def _type(name: str, fields: list[str], link: str | None, head: str = "") -> str:
    body = "".join(f" {field}: Int" for field in fields) + (f" link: {link}" if link else "")
    return f"type {name}{head} {{ id: ID!{body} }}\n"


def _query(types: tuple[str, ...]) -> str:
    return "type Query {" + "".join(f" {name.lower()}: {name}" for name in types) + " }\n"


def _normal(sdl: str) -> str:
    return print_schema(lexicographic_sort_schema(build_schema(sdl)))
