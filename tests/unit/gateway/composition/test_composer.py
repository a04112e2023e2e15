"""Composing again gives what composing anew gives, whatever was composed before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from random import Random
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.schemas import EDITS, adversary, edited, realistic
from gateway.composition import Composer, Subgraph, compose
from gateway.composition.merge import pieces
from gateway.composition.merge.context import Merge, Source
from gateway.composition.merge.types import merge_type
from gateway.composition.model import TypeDef
from tests.conformance.composition.own import own_cases
from tests.unit.gateway.composition.support import fed2

CASES = [case for case in own_cases() if case.subgraphs]
LINK = fed2(
    "key", "shareable", "external", "requires", "provides", "override", "inaccessible", "tag", "interfaceObject"
)
LATER = fed2("key", "shareable", "authenticated", "cost", "cacheTag", version="v2.12")
QUERIES = ("", "type Query { qN: A }", "type Query { qN: A eN: E mN: Media }", "type Query { qN(in: In): U }")
VARIANTS = {
    "A": (
        'type A @key(fields: "id") { id: ID! }',
        'type A @key(fields: "id") { id: ID! fN: Int }',
        '"A of some" type A @key(fields: "id") { id: ID! one: Int @shareable bN: B }',
        'type A @key(fields: "id") @key(fields: "no") { id: ID! no: Int! @tag(name: "x") }',
        'type A @key(fields: "no") { no: Int! two: Int }',
        'type A @key(fields: "id") { id: ID! one: Int }',
        'type A @key(fields: "id") { id: ID! one: Int @external rN: Int @requires(fields: "one") }',
        'type A @key(fields: "id") { id: ID! one: Int @override(from: "s1") }',
        'type A @key(fields: "id") { id: ID! one: Int @override(from: "s0", label: "percent(5)") }',
        'extend type A @key(fields: "id") { id: ID! @external xN: E }',
        'type A @key(fields: "id") { id: ID! hN: Int @inaccessible }',
        'type A @key(fields: "id") @authenticated { id: ID! cN: Int @cost(weight: 3) @cacheTag(format: "c") }',
        "scalar A",
        "type A {",
    ),
    "B": (
        "type B @shareable { x: Int }",
        '"B of few" type B @shareable { x: Int! y: Int }',
        "type B { x: Int }",
        "type B @shareable { x: String @inaccessible z: Int }",
    ),
    "E": ("enum E { X Y }", "enum E { X Y Z @inaccessible }", "enum E { X }"),
    "In": ("input In { x: Int y: E }", "input In { x: Int! }", "input In { x: Int = 3 y: E = X }"),
    "U": ("union U = A", "union U = A | B"),
    "Media": (
        'interface Media { id: ID! } type Book implements Media @key(fields: "id") { id: ID! tN: Int }',
        'interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! }',
        'type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
        'type Media @key(fields: "id") @interfaceObject { id: ID! sN: Int @shareable likes: [Int] }',
    ),
    "Named": (
        "interface Named { n: A } type C implements Named { n: A! }",
        "interface Named { n: A } type C @shareable { n: Named } type D implements Named { n: A }",
        "interface Named { n: A } type D implements Named @authenticated { n: A } type Query { dN: Named }",
    ),
    "log": ("directive @log on QUERY | FIELD", "directive @log(x: E = X) on QUERY"),
}


@st.composite
def sdls(draw: st.DrawFn) -> str:
    """A subgraph of both federation versions; N stands for its number. Some do not parse, many do not fit."""
    text = draw(st.sampled_from([LINK, LINK, LINK, LATER, ""])) + draw(st.sampled_from(QUERIES))
    chosen = draw(st.lists(st.sampled_from([*VARIANTS]), max_size=4, unique=True))
    text += "".join("\n" + draw(st.sampled_from(VARIANTS[name])) for name in chosen)
    for name in ("U", "In", "Media", "E", "B", "A"):
        if name not in chosen and re.search(rf"\b{name}\b", text):
            text += "\n" + VARIANTS[name][0]
    return text


@settings(max_examples=40, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), sdls())), min_size=2, max_size=8))
def test_edits_of_fragments(edits: list[tuple[int, str | None]]) -> None:
    """Subgraphs come, change and go, through errors and back; each result is that of a cold composition."""
    composer = Composer()
    current: dict[str, str] = {}
    for number, sdl in edits:
        current.pop(f"s{number}", None)
        if sdl is not None:
            current[f"s{number}"] = sdl.replace("N:", f"{number}:").replace("N(", f"{number}(")
        subgraphs = [Subgraph(name, f"http://{name}", text) for name, text in current.items()]
        assert composer.compose(subgraphs) == compose(subgraphs)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_edits_of_cases(data: st.DataObject) -> None:
    """The same with the subgraphs of the conformance cases, cut, exchanged and put back."""
    composer = Composer()
    case = data.draw(st.sampled_from(CASES))
    current = list(case.subgraphs)
    assert composer.compose(current) == compose(current)
    for _ in range(data.draw(st.integers(1, 5))):
        index = data.draw(st.integers(0, len(current) - 1))
        kept = data.draw(st.sampled_from(case.subgraphs))
        words = current[index].sdl.split(" ")
        start = data.draw(st.integers(0, len(words)))
        end = data.draw(st.integers(start, min(len(words), start + 4)))
        cut = Subgraph(current[index].name, current[index].url, " ".join(words[:start] + words[end:]))
        changed = data.draw(st.sampled_from([[cut], [kept], [], [Subgraph("new", "", kept.sdl), current[index]]]))
        current = current[:index] + changed + current[index + 1 :]
        assert composer.compose(current) == compose(current)
        if not current:
            break


def test_unchanged_input_gives_equal_results() -> None:
    """Nothing that a first composition leaves behind shows in a second."""
    for case in CASES[::2]:
        composer = Composer()
        first = composer.compose(case.subgraphs)
        assert first == composer.compose(case.subgraphs) == compose(case.subgraphs)


@pytest.mark.parametrize("make", [realistic, adversary])
def test_order_does_not_show(make: Callable[[int], list[Subgraph]]) -> None:
    """The same bytes for many subgraphs in any order."""
    subgraphs = make(9)
    result = compose(subgraphs)
    assert result.ok
    for seed in range(3):
        shuffled = Random(seed).sample(subgraphs, len(subgraphs))
        assert compose(shuffled) == result


def test_a_teams_change_is_composed_again() -> None:
    """Each kind of change, one after the other and back, in subgraphs that share much."""
    subgraphs = realistic(9)
    composer = Composer()
    for index in (0, 8):
        for edit in EDITS.values():
            changed = edited(subgraphs, index, edit)
            assert composer.compose(changed) == compose(changed)
    assert composer.compose(subgraphs) == compose(subgraphs)
    without = subgraphs[:-1]
    assert composer.compose(without) == compose(without)


def test_known_types_are_not_merged_again() -> None:
    """Composing again merges only the types of the subgraph that changed."""
    subgraphs = realistic(9)
    composer = Composer()
    merged: list[str] = []

    def note(merge: Merge, name: str, sources: Sequence[Source[TypeDef]]) -> TypeDef | None:
        merged.append(name)
        return merge_type(merge, name, sources)

    changed = edited(subgraphs, 5, EDITS["description"])
    composer.compose(subgraphs)
    with mock.patch.object(pieces, "merge_type", note):
        composer.compose(changed)
    assert 0 < len(merged) < 40
    assert set(merged) <= set(re.findall(r"(?:type|interface|union|enum|input|scalar) (\w+)", changed[5].sdl))


RELATED = (
    "type Query { v: V } interface Named { id: ID! } type V @shareable { n: Named }"
    " type D implements Named @shareable { id: ID! }",
    "type C @shareable { id: ID! } type V @shareable { n: C }",
    "interface Named { id: ID! } type C %s @shareable { id: ID! }",
    ("implements Named", ""),
)
NESTED_KEY = (
    'type Query { a: A } type A { b: B @shareable } type B @key(fields: "y") { y: ID! }',
    'type A @key(fields: "b { x }") { b: B v: Int } type B @key(fields: "x") { x: ID! }',
    'type B @key(fields: "y") { y: ID! %s }',
    ("x: ID! @shareable", "z: ID!"),
)
NESTED_REQUIREMENT = (
    'type Query { a: A } type A @key(fields: "id") { id: ID! b: B } type B @key(fields: "y") { y: ID! }',
    'type A @key(fields: "id") { id: ID! b: B @external v: Int @requires(fields: "b { x }") }'
    ' type B @key(fields: "y") { y: ID! x: Int @external }',
    'type B @key(fields: "y"%s) { y: ID! x: Int }',
    ("", ", resolvable: false"),
)
IMPLEMENTATION = (
    'type Query { n: Named } interface Named @key(fields: "id") { id: ID! }'
    ' type C implements Named @key(fields: "id") { id: ID! } type D implements Named @key(fields: "id") { id: ID! }',
    'type C @key(fields: "id") { id: ID! more: Int @shareable }',
    'type Named @key(fields: "id") @interfaceObject { id: ID! more: Int %s }',
    ("@shareable", ""),
)


@pytest.mark.parametrize("parts", [RELATED, NESTED_KEY, NESTED_REQUIREMENT, IMPLEMENTATION])
def test_what_others_say_of_related_types_counts(parts: tuple[str, str, str, tuple[str, str]]) -> None:
    """A type is looked at again when what it depends on changes in subgraphs that do not have it."""
    first, second, third, variants = parts
    composer = Composer()
    seen = set()
    for variant in (*variants, *variants):
        texts = (first, second, third.replace("%s", variant))
        subgraphs = [Subgraph(f"s{number}", "", LINK + text) for number, text in enumerate(texts)]
        result = composer.compose(subgraphs)
        assert result == compose(subgraphs)
        seen.add((result.supergraph, result.errors))
    assert len(seen) == 2


def test_hash_seeds_do_not_show() -> None:
    """The same bytes in processes that hash strings differently."""
    script = (
        "from gateway.composition import compose\n"
        "from tests.conformance.composition.own import own_cases\n"
        "import hashlib\n"
        "print(hashlib.sha256(repr([compose(c.subgraphs) for c in own_cases()[::2]]).encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(seen) == 1
