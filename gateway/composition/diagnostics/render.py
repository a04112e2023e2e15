"""Findings as text for people: what is wrong, the lines of each subgraph with carets, and a way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.composition.diagnostics.excerpt import excerpt
from gateway.composition.diagnostics.model import Diagnostic
from gateway.composition.diagnostics.palette import Palette
from gateway.composition.diagnostics.source import SourceText
from gateway.composition.diagnostics.text import ELLIPSIS, printable
from gateway.composition.reason import sentences
from gateway.composition.result import Location

_PLACES: Final = 8
"""Of how many subgraphs the lines are shown for one finding; the others are named."""
_NARROWEST: Final = 40


def render(
    findings: Sequence[Diagnostic],
    sources: Mapping[str, SourceText],
    *,
    colour: bool = False,
    width: int = 120,
) -> str:
    """All findings, one below the other with an empty line between them; empty where there are none.

    Args:
        sources: the SDL by subgraph; places in one that is missing are named without their lines.
        colour: whether to paint with ANSI escapes. No other escape comes out, whatever the SDL holds.
        width: cells of a line; longer lines of SDL are cut around what is in question.
    """
    rendering = _Rendering(sources, Palette(colour), max(width, _NARROWEST))
    return "\n".join("".join(f"{line}\n" for line in rendering.lines(finding)) for finding in findings)


class _Rendering:
    def __init__(self, sources: Mapping[str, SourceText], palette: Palette, width: int) -> None:
        self._sources = sources
        self._palette = palette
        self._width = width

    def lines(self, finding: Diagnostic) -> Iterator[str]:
        """One finding."""
        palette, places = self._palette, _by_subgraph(finding.locations)
        message, why = _told_apart(finding)
        head, *more = message.split("\n")
        title = palette.level(finding.level, f"{finding.level} {printable(finding.code)}")
        yield f"{title}: {palette.strong(printable(head))}"
        yield from (f"  {printable(line)}" for line in more)
        shown = dict(list(places.items())[:_PLACES])
        gutter = max((len(str(place.line)) for found in shown.values() for place in found), default=1)
        for subgraph, found in shown.items():
            yield from self._places(subgraph, found, finding.level, gutter)
        notes = list(self._notes(finding, why, list(places)[_PLACES:], gutter))
        if notes and shown:
            yield f"{' ' * gutter} {palette.frame('|')}"
        yield from notes

    def _notes(self, finding: Diagnostic, why: Sequence[str], left_out: Sequence[str], gutter: int) -> Iterator[str]:
        if left_out:
            yield self._note(gutter, "also in", ", ".join(left_out))
        yield from (self._note(gutter, "why", said) for said in why)
        if finding.help is not None:
            yield self._note(gutter, "help", finding.help, self._palette.way_out("help"))

    def _places(self, subgraph: str, places: list[Location], level: str, gutter: int) -> Iterator[str]:
        source, frame = self._sources.get(subgraph), self._palette.frame
        first = places[0]
        origin = printable(source.origin if source is not None else subgraph)
        named = f" ({printable(subgraph)})" if origin != printable(subgraph) else ""
        yield f"{' ' * gutter}{frame('-->')} {origin}:{first.line}:{first.column}{named}"
        if source is None:
            return
        bar = frame("|")
        yield f"{' ' * gutter} {bar}"
        for row in excerpt(source, places, self._width - gutter - 3):
            if row.text == ELLIPSIS and row.number is None:
                yield frame(f"{' ' * gutter} {ELLIPSIS}")
                continue
            number = frame(f"{row.number or '':>{gutter}}")
            text = self._palette.level(level, row.text) if row.carets else row.text
            yield f"{number} {bar} {text}".rstrip()

    def _note(self, gutter: int, word: str, said: str, painted: str | None = None) -> str:
        head = f"{' ' * gutter} {self._palette.frame('=')} {painted or self._palette.strong(word)}: "
        first, *more = said.split("\n")
        hang = " " * (gutter + 5 + len(word))
        return "\n".join((head + printable(first), *(hang + printable(line) for line in more)))


def _told_apart(finding: Diagnostic) -> tuple[str, list[str]]:
    """The message, and the reasons that it ends with, each by itself."""
    why = sentences(finding.details)
    message, said, rest = finding.message.partition(f": {'; '.join(why)}")
    return (f"{message}{rest}", why) if why and said else (finding.message, [])


def _by_subgraph(locations: Sequence[Location]) -> dict[str, list[Location]]:
    found: dict[str, list[Location]] = {}
    for place in locations:
        found.setdefault(place.subgraph, []).append(place)
    return found
