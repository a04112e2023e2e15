"""Lines of a source with carets under the places in question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from gateway.composition.diagnostics.source import SourceText
from gateway.composition.diagnostics.text import ELLIPSIS, Line
from gateway.composition.result import Location


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an excerpt: a numbered line, a row of carets below it, or a mark that lines are left out."""

    number: int | None
    text: str
    carets: bool = False


GAP = Row(None, ELLIPSIS)


def excerpt(source: SourceText, places: Iterable[Location], room: int) -> list[Row]:
    """The lines in which the places are, each definition's first line for context, carets under each place.

    Args:
        room: cells that a row may take.
    """
    rows: list[Row] = []
    shown = 0
    ordered = sorted(places, key=lambda place: (place.line, place.column))
    for number, group in groupby(ordered, key=lambda place: place.line):
        here = list(group)
        for wanted in (source.definition(number), number):
            if wanted is None or wanted <= shown or (line := source.shown(wanted)) is None:
                continue
            rows += _between(source, shown, wanted, room) if rows else []
            rows += _rows(wanted, line, here if wanted == number else [], room)
            shown = wanted
    return rows


def _between(source: SourceText, shown: int, wanted: int, room: int) -> Iterable[Row]:
    """What stands for the lines between two: a single one is shown, for a mark would take as much room."""
    if wanted - shown == 2:
        return _rows(shown + 1, source.shown(shown + 1) or Line(""), [], room)
    return () if wanted == shown + 1 else (GAP,)


def _rows(number: int, line: Line, places: list[Location], room: int) -> Iterator[Row]:
    spans = [_span(line, place) for place in places]
    start = min((begin for begin, _ in spans), default=0)
    shown, moved = line.window(start, max((end for _, end in spans), default=0), room)
    yield Row(number, shown.rstrip())
    if spans:
        yield Row(None, _carets(spans, moved, room), carets=True)


def _span(line: Line, place: Location) -> tuple[int, int]:
    """The cells to underline: at least one, and to the end of the line where the place goes on below it."""
    start = line.cell(place.column)
    if place.end_line is None or place.end_column is None:
        return start, start + 1
    end = line.cells[-1] if place.end_line > place.line else line.cell(place.end_column)
    return start, max(end, start + 1)


def _carets(spans: list[tuple[int, int]], moved: int, room: int) -> str:
    row = [" "] * room
    for start, end in spans:
        for cell in range(max(start - moved, 0), min(end - moved, room)):
            row[cell] = "^"
    return "".join(row).rstrip()
