"""The small parts: type texts, field sets, links, requirements."""

from __future__ import annotations

import pytest

from gateway.composition.fieldsets import FieldSetError, parse_field_set, print_field_set
from gateway.composition.merge.applied import conjunction
from gateway.composition.merge.joins import split_context
from gateway.composition.subgraph.links import parse_url
from gateway.composition.typerefs import is_same_or_subtype, item, named, nullable


def test_type_texts() -> None:
    """Types are taken apart by their text."""
    assert named("[[User!]!]!") == "User"
    assert item("[User!]!") == "User!"
    assert item("User") is None
    assert nullable("[User!]!") == "[User!]"


@pytest.mark.parametrize(
    ("sub", "base", "fits"),
    [
        ("Int", "Int", True),
        ("Int!", "Int", True),
        ("Int", "Int!", False),
        ("[Dog!]!", "[Pet]", True),
        ("[Pet]", "[Dog]", False),
        ("[Dog]", "Pet", False),
    ],
)
def test_subtypes(sub: str, base: str, fits: bool) -> None:
    """Stricter and narrower types fit, through lists too."""
    assert is_same_or_subtype(sub, base, lambda a, b: (a, b) == ("Dog", "Pet")) is fits


@pytest.mark.parametrize("text", ["id", "id name", "org { id } no", "... on Book { title }", "price(currency: USD)"])
def test_field_sets_print_as_they_read(text: str) -> None:
    """Parsing and printing are inverse."""
    assert print_field_set(parse_field_set(text)) == text


@pytest.mark.parametrize("text", ["id {", "", "...F", "id } query { x", "{" * 9000])
def test_bad_field_sets(text: str) -> None:
    """What is no selection is refused or empty."""
    try:
        assert parse_field_set(text) == ()
    except FieldSetError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://specs.apollo.dev/federation/v2.11", "federation"),
        ("https://example.com/a/b/v1.0", "b"),
        ("https://example.com/v1.0", None),
        ("nothing", None),
        ("https://example.com/federation", None),
    ],
)
def test_urls(text: str, name: str | None) -> None:
    """A specification's url has host, path and version."""
    found = parse_url(text)
    assert (found.name if found else None) == name


def test_requirements_are_anded() -> None:
    """Every combination, without those that ask for more than another."""
    a, b, c = frozenset("a"), frozenset("b"), frozenset("c")
    assert conjunction([[a, b], [a]]) == [a]
    assert conjunction([[a], [b, c]]) == [frozenset("ab"), frozenset("ac")]


def test_contexts_are_split() -> None:
    """A context's name and what is read from it."""
    assert split_context("$shop { currency }") == ("shop", " { currency }")
    assert split_context("{ currency }") == ("", "{ currency }")
