"""The report as people read it, kept as text: a change of its looks shows in the diff."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.composition import HintLevel, Location, Subgraph, compose
from gateway.composition.diagnostics import Diagnostic, SourceText, explain, render
from tests.unit.gateway.composition.support import fed2

HERE = Path(__file__).parent
LINK = fed2("key", "shareable", version="v2.3")
CATALOG = (
    LINK
    + '''
"""
type Product, as we sell it
"""
type Product @key(fields: "id") {
  id: ID!
  "What it costs, 税込"
\tprice: Int @shareable
  name: String
  stock: Int
}

type Query {
  products: [Product!]!
}
'''
)
STOCK = LINK + 'type Product @key(fields: "id") { id: ID! price: String @shareable stock: Int }\n'
SUBGRAPHS = [Subgraph("catalog", "", CATALOG), Subgraph("stock", "", STOCK)]


def explained(*subgraphs: Subgraph, **options: object) -> str:
    return explain(compose(subgraphs), subgraphs, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two_subgraphs", explained(*SUBGRAPHS)),
        ("colour", explained(*SUBGRAPHS, colour=True)),
        ("narrow", explained(*SUBGRAPHS, width=40)),
        ("syntax", explained(Subgraph("a", "", "type Query {\n  a: Int\n  b: }\n"))),
        (
            "reasons",
            explained(
                Subgraph("a", "", LINK + 'type Query { a: A }\ntype A @key(fields: "id") { id: ID! x: Int }'),
                Subgraph("b", "", LINK + "type A { y: Int }"),
                hints=None,
            ),
        ),
        ("steering", explained(Subgraph("a", "", 'type Query { "\x1b[31m" a: Nope }'))),
    ],
)
def test_the_report_looks_like_this(name: str, text: str) -> None:
    golden = HERE / "golden" / f"{name}.txt"
    assert text == golden.read_text(encoding="utf-8")


def test_colours_add_nothing_but_colour() -> None:
    painted = explained(*SUBGRAPHS, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == explained(*SUBGRAPHS)


def test_hints_are_shown_from_their_level_on() -> None:
    one = Subgraph("one", "", LINK + '"This" type Query @shareable { a: Int b: Int }')
    two = Subgraph("two", "", LINK + '"That" type Query @shareable { a: Int } enum Unused { A }')
    seen = [explained(one, two, hints=level) for level in (None, HintLevel.WARN, HintLevel.INFO, HintLevel.DEBUG)]
    counts = [len(re.findall(r"^(?:warn|info|debug) ", text, re.MULTILINE)) for text in seen]
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1] < counts[-1]
    assert "warn INCONSISTENT_DESCRIPTION" in seen[1]
    assert "one:2:13" in seen[1]


def test_of_many_subgraphs_some_are_shown_and_all_are_named() -> None:
    names = [f"s{number}" for number in range(12)]
    finding = Diagnostic("error", "CODE", "No.", locations=tuple(Location(name, 1, 1) for name in names))
    text = render([finding], {name: SourceText("type A", name) for name in names})
    assert text.count("-->") == 8
    assert "also in: s8, s9, s10, s11" in text


def test_what_has_no_source_is_named_and_messages_cannot_pretend_to_be_findings() -> None:
    finding = Diagnostic("error", "CODE", "Said:\nerror X: y\x1b", None, ("a",), (Location("a\x1b", 3, 4),), help="Do")
    assert render([finding], {}) == ("error CODE: Said:\n  error X: y\\u{1B}\n --> a\\u{1B}:3:4\n  |\n  = help: Do\n")


def test_composing_and_explaining_import_nothing_of_servers() -> None:
    """Whoever composes in a script of their own needs graphql-core, and rich to see the report."""
    script = (
        "import sys; from gateway.composition import compose; from gateway.composition.diagnostics import explain;"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    banned = {"aiohttp", "pymongo", "strawberry", "starlette", "uvicorn", "beanie", "typer", "pydantic", "uvloop"}
    assert banned.isdisjoint(done.stdout.split())
    assert {"izara", "flows", "store", "identity"}.isdisjoint(done.stdout.split())
