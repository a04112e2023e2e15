"""Carets stand under what they mean: behind tabs, wide characters, escapes, and in lines that are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gateway.composition import Location
from gateway.composition.diagnostics.excerpt import Row, excerpt
from gateway.composition.diagnostics.source import SourceText
from gateway.composition.diagnostics.text import TAB, Line, printable


def rows(sdl: str, *places: Location, room: int = 60) -> list[Row]:
    return excerpt(SourceText(sdl, "one"), places, room)


def underlined(row: Row, carets: Row) -> str:
    """What stands above the carets, cell by cell."""
    cells = [char for char in row.text for _ in range(cell_len(char, "latest"))]
    marked = [char for char, mark in zip(cells, carets.text, strict=False) if mark == "^"]
    return "".join(marked)


def at(sdl: str, text: str) -> Location:
    """The first place of a text in a line of SDL."""
    line, found = next((n, line) for n, line in enumerate(sdl.split("\n"), 1) if text in line)
    column = found.index(text) + 1
    return Location("one", line, column, line, column + len(text))


@pytest.mark.parametrize(
    "line",
    [
        "price: Int",
        "\tprice: Int",
        "a\t\tprice: Int",
        '"日本円の" price: Int',
        '"e\u0301tude" price: Int',
        '"\x1b[31m\u202e\x00" price: Int',
        "x" * 500 + " price: Int",
        "価" * 300 + " price: Int " + "格" * 300,
        "price: Int" + " " * 20 + "y" * 500,
    ],
    ids=range(9),
)
def test_carets_are_under_the_words(line: str) -> None:
    row, carets = rows(line, at(line, "price: Int"))
    assert underlined(row, carets) == "price: Int"
    assert cell_len(row.text, "latest") <= 60


def test_wide_characters_have_two_carets_each() -> None:
    row, carets = rows('"日本" a', Location("one", 1, 2, 1, 4))
    assert (row.text, carets.text) == ('"日本" a', " ^^^^")


def test_a_place_without_an_end_or_beyond_the_line_has_one_caret() -> None:
    assert rows("abc", Location("one", 1, 2))[1].text == " ^"
    assert rows("abc", Location("one", 1, 9, 1, 12))[1].text == "   ^"
    assert rows("", Location("one", 1, 1))[1].text == "^"
    assert rows("abc", Location("one", 7, 1)) == []


def test_what_goes_on_below_is_underlined_to_the_end_of_the_line() -> None:
    assert rows("ab cd\nef", Location("one", 1, 4, 2, 2))[1].text == "   ^^"


def test_two_places_of_a_line_share_a_row_and_distant_lines_a_mark() -> None:
    sdl = "type A {\n  a: Int b: Int\n  c: Int\n  d: Int\n  e: Int\n}"
    found = rows(sdl, at(sdl, "b: Int"), at(sdl, "a: Int"), at(sdl, "e: Int"))
    assert [(row.number, row.text) for row in found] == [
        (1, "type A {"),
        (2, "  a: Int b: Int"),
        (None, "  ^^^^^^ ^^^^^^"),
        (None, "…"),
        (5, "  e: Int"),
        (None, "  ^^^^^^"),
    ]


def test_one_line_between_is_shown() -> None:
    sdl = "type A {\n  b: Int\n  c: Int\n}"
    assert [row.number for row in rows(sdl, at(sdl, "c: Int"))] == [1, 2, 3, None]


def test_a_description_is_no_definition() -> None:
    sdl = 'type A {\n"""\ntype B is no more\n"""\n  type: Int\n  c: Int\n}'
    assert [row.number for row in rows(sdl, at(sdl, "c: Int"))] == [1, None, 6, None]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_graphql_does(newline: str) -> None:
    sdl = newline.join(["# \u2028 \x0b \x0c \x85", "type A {", "  b: Int }"])
    assert rows(sdl, Location("one", 3, 3, 3, 9))[-2].text == "  b: Int }"


def test_nothing_that_steers_a_terminal_passes() -> None:
    text = "".join(chr(code) for code in (*range(32), 127, *range(128, 160), 0x202E, 0x200B, 0xFEFF, 0xD800))
    shown = printable(text)
    assert shown.isprintable()
    assert "\\u{1B}" in shown
    assert TAB in shown


@given(st.text(max_size=120), st.integers(0, 130), st.integers(0, 130), st.integers(20, 80))
def test_any_line_is_shown_within_the_room(text: str, start: int, length: int, room: int) -> None:
    line = text.replace("\n", " ").replace("\r", " ")
    found = rows(line, Location("one", 1, start + 1, 1, start + 1 + length), room=room)
    row, carets = found
    assert row.text.isprintable()
    assert cell_len(carets.text) <= room
    assert sum(cell_len(char, "latest") for char in row.text) <= room
    assert set(carets.text.strip()) == {"^"}


def test_a_line_is_measured_once_however_many_findings_are_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minified SDL is one line, and each of its thousands of findings shows it."""
    measured: list[str] = []

    class Counted(Line):
        def __init__(self, text: str) -> None:
            measured.append(text)
            super().__init__(text)

    monkeypatch.setattr("gateway.composition.diagnostics.source.Line", Counted)
    source = SourceText("".join(f"field{number}: Int " for number in range(100)), "one")
    for number in range(100):
        assert excerpt(source, [Location("one", 1, number + 1, 1, number + 6)], 60)
    assert len(measured) == 1
