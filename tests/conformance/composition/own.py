"""Our own cases: one folder per rule, one file per case.

A file begins with ``# expect: ok`` or the codes that must come out, and holds each subgraph's SDL below a
line ``# subgraph: NAME``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.composition import Subgraph

CASES = Path(__file__).parent / "cases"
_EXPECT = "# expect: "
_SUBGRAPH = "# subgraph: "


@dataclass(frozen=True)
class OwnCase:
    """One file: the subgraphs and the codes expected, none when it composes."""

    rule: str
    name: str
    subgraphs: tuple[Subgraph, ...]
    codes: frozenset[str]


def own_cases() -> list[OwnCase]:
    """Every case of every rule."""
    return [_read(path) for path in sorted(CASES.glob("*/*.graphql"))]


def _read(path: Path) -> OwnCase:
    head, *parts = path.read_text(encoding="utf-8").split(_SUBGRAPH)
    expected = head.strip().removeprefix(_EXPECT.strip()).split()
    subgraphs: list[Subgraph] = []
    for part in parts:
        name, _, sdl = part.partition("\n")
        subgraphs.append(Subgraph(name.strip(), f"http://{name.strip()}.test/graphql", sdl))
    codes = frozenset(expected) - {"ok"}
    return OwnCase(path.parent.name, path.stem, tuple(subgraphs), codes)
