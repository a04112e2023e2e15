"""Texts say something, fit, and can be printed; ids could be ids."""

from __future__ import annotations

import pytest

from subgraphs.shared.checks import check_note, check_text, is_id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "BLANK"),
        (" \t\n", "BLANK"),
        ("x" * 201, "TOO_LONG"),
        ("two\nlines", "BAD_CHARACTER"),
        ("nul\x00", "BAD_CHARACTER"),
        ("half a pair \ud800", "BAD_CHARACTER"),
    ],
)
def test_texts_that_are_refused(text: str, code: str) -> None:
    assert [(item.code, item.field) for item in check_text(text, ("name",))] == [(code, ("name",))]


@pytest.mark.parametrize("text", ["Mug", "Bärenbräu 🍺 & Söhne", "x" * 200])
def test_texts_that_are_accepted(text: str) -> None:
    assert list(check_text(text, ("name",))) == []


@pytest.mark.parametrize("text", [None, "", "two\r\nlines\tand a tab", "x" * 2000])
def test_notes_that_are_accepted(text: str | None) -> None:
    assert list(check_note(text, ("reason",))) == []


@pytest.mark.parametrize(("text", "code"), [("x" * 2001, "TOO_LONG"), ("\x1b[0m", "BAD_CHARACTER")])
def test_notes_that_are_refused(text: str, code: str) -> None:
    assert [item.code for item in check_note(text, ("reason",))] == [code]


@pytest.mark.parametrize(("id", "may"), [("a1", True), ("", False), ("\ud800", False), ("a" * 201, False), (7, False)])
def test_ids(id: object, may: bool) -> None:
    assert is_id(id) is may
