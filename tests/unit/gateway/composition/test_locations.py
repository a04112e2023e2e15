"""Where an error points: from the first to the last character of what names the culprit."""

from __future__ import annotations

import pytest

from gateway.composition import Location
from tests.unit.gateway.composition.support import fed2, run


def pointed_at(sdl: str) -> list[str]:
    """The pieces of a subgraph's SDL that its errors point at."""
    return [cut(sdl, place) for error in run(one=sdl).errors for place in error.locations]


def cut(sdl: str, place: Location) -> str:
    """The text of a location."""
    assert place.end_line is not None
    assert place.end_column is not None
    lines = sdl.split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("sdl", "text"),
    [
        ("type Query { a: }", "}"),
        ("type Query { a: Int \n\u00a7 }", "\u00a7"),
        ("", ""),
        ("type Query { a: [Nope!]! @deprecated }", "Nope"),
        ('type Query { a: Int }\n"""\nSeveral\n"""\ntype Query { b: Int }', "Query"),
        (fed2("key") + 'type Query { a: A } type A @key(fields: "nope") { id: ID! }', '@key(fields: "nope")'),
        (
            fed2("key") + 'type Query { a: A } type A @key(fields: """\n  nope\n""") { id: ID! }',
            '@key(fields: """\n  nope\n""")',
        ),
        (
            fed2("shareable") + 'type Query { a: Int } interface I { "why" f(x: Int = 3): [ID!] @shareable }',
            "f(x: Int = 3): [ID!]",
        ),
    ],
)
def test_an_error_points_at_the_words_in_question(sdl: str, text: str) -> None:
    assert text in pointed_at(sdl)


def test_a_field_is_pointed_at_without_its_description_and_directives() -> None:
    found = run(
        one=fed2("shareable") + 'type Query { "why" price(in: Int): Int @shareable }',
        two=fed2("shareable") + "type Query { price(in: Int): String @shareable }",
    )
    (error,) = found.errors
    ends = {(place.subgraph, place.column, place.end_column) for place in error.locations}
    assert ends == {("one", 20, 39), ("two", 14, 36)}
