"""Our own cases: one folder per rule, one file per case.

A file begins with ``# expect: ok`` or the codes that must come out, may go on with ``# hints:`` and the codes
of all hints, and holds each subgraph's SDL below a line ``# subgraph: NAME``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.composition import Subgraph

CASES = Path(__file__).parent / "cases"
_EXPECT = "# expect:"
_HINTS = "# hints:"
_SUBGRAPH = "# subgraph: "


@dataclass(frozen=True)
class OwnCase:
    """One file: the subgraphs, the codes expected, none when it composes, and the hints where they matter."""

    rule: str
    name: str
    subgraphs: tuple[Subgraph, ...]
    codes: frozenset[str]
    hints: frozenset[str] | None


def own_cases() -> list[OwnCase]:
    """Every case of every rule."""
    return [_read(path) for path in sorted(CASES.glob("*/*.graphql"))]


def _read(path: Path) -> OwnCase:
    head, *parts = path.read_text(encoding="utf-8").split(_SUBGRAPH)
    subgraphs: list[Subgraph] = []
    for part in parts:
        name, _, sdl = part.partition("\n")
        subgraphs.append(Subgraph(name.strip(), f"http://{name.strip()}.test/graphql", sdl))
    codes = (_line(head, _EXPECT) or frozenset()) - {"ok"}
    return OwnCase(path.parent.name, path.stem, tuple(subgraphs), codes, _line(head, _HINTS))


def _line(head: str, start: str) -> frozenset[str] | None:
    """The words of the line that begins so; None when there is no such line."""
    found = next((line for line in head.splitlines() if line.startswith(start)), None)
    return None if found is None else frozenset(found.removeprefix(start).split())
