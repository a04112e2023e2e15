"""Damaged input is refused with codes, or composes soundly; it never crashes the composer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.composition import Subgraph
from tests.properties.composition.corpus import documents, inputs
from tests.properties.composition.support import sound
from tests.support.federation.chance import Chance, drawn
from tests.support.federation.mutate_text import damage_text
from tests.support.federation.mutate_tree import change_tree
from tests.support.properties import holds

ODD_NAMES = (
    "", " ", "_", "a b", "a.b", "a-b", "A", "a", "ä", "🌍", '"', "\\", "\n", "a\nb", "'", "{", "9", "_1", "__a",
    "Query", "join__Graph", "null", "true", "n" * 5000, "\x00", "\u2028", "a\t", "\u017f", "ß", "İ",
)  # fmt: skip
ODD_URLS = ("", " ", "not a url", 'http://x/"', "http://x/\n", "http://x/\\", "//", "ü", "x" * 5000, "\x00")
NO_SDL = (
    "", " ", "# nothing", "{", "}", "query { a }", "{ a }", "fragment F on A { a }", "subscription S { a }",
    "type Query { a: Int } query { a }", "schema", "schema {}", "extend schema", "\ufeff", "\x00", '"', '"""',
    "<html></html>", '{"data": {}}', "type", "type Query", "extend type Query", "scalar A", "enum E", "union U",
    "input I", "interface I", "directive @a on FIELD", "type Query { a: Int } extend schema @unknown",
)  # fmt: skip


def _damaged(chance: Chance, damage: Callable[[str], str]) -> list[Subgraph]:
    given = list(chance.choice(inputs()))
    hit = chance.some(given, 3) or [chance.choice(given)]
    return [replace(s, sdl=damage(s.sdl)) if s in hit else s for s in given]


def _text(chance: Chance) -> list[Subgraph]:
    return _damaged(chance, lambda sdl: damage_text(chance, sdl, documents()))


def _tree(chance: Chance) -> list[Subgraph]:
    return _damaged(chance, lambda sdl: change_tree(chance, sdl))


def _names(chance: Chance) -> list[Subgraph]:
    given = chance.choice(inputs())
    renamed: list[Subgraph] = []
    for subgraph in given:
        name = chance.choice(ODD_NAMES) if chance.flag() else subgraph.name
        url = chance.choice(ODD_URLS) if chance.flag() else subgraph.url
        renamed.append(Subgraph(name, url, subgraph.sdl))
    return renamed


def _mixed(chance: Chance) -> list[Subgraph]:
    """Subgraphs of different cases, one of which may be no schema at all."""
    given = [chance.choice(chance.choice(inputs())) for _ in range(chance.integer(1, 3))]
    if chance.flag():
        given.append(Subgraph("no", "", chance.choice(NO_SDL)))
    return given


@holds(quick=60, soak=20_000, given=drawn(_text))
def test_damaged_text(given: list[Subgraph]) -> None:
    """Tokens lost, doubled, exchanged or odd; documents cut short or spliced."""
    sound(given)


@holds(quick=60, soak=20_000, given=drawn(_tree))
def test_changed_trees(given: list[Subgraph]) -> None:
    """What parses need not make sense: names, kinds, types, directives and values are changed."""
    sound(given)


@holds(quick=40, soak=4000, given=drawn(_names))
def test_odd_names_and_urls(given: list[Subgraph]) -> None:
    """Names and urls hold any text."""
    sound(given)


@holds(quick=40, soak=10_000, given=drawn(_mixed))
def test_strangers(given: list[Subgraph]) -> None:
    """Subgraphs that were never meant for each other, and documents that are no schemas."""
    sound(given)
