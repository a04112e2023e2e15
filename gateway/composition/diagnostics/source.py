"""A subgraph's SDL in lines, counted as GraphQL counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from gateway.composition.diagnostics.text import Line

_NEWLINE: Final = re.compile(r"\r\n|[\n\r]")
_DEFINITION: Final = re.compile(
    r"\s*(?:extend\s+)?(?:type|interface|input|enum|union|scalar|schema|directive)\b(?!\s*[:(])"
)
_BLOCK: Final = '"""'


class SourceText:
    """The SDL under the name by which a reader finds it.

    Attributes:
        origin: a file, or a subgraph's name.
    """

    def __init__(self, sdl: str, origin: str) -> None:
        self._sdl = sdl
        self._shown: dict[int, Line] = {}
        self.origin = origin

    @cached_property
    def lines(self) -> list[str]:
        """Its lines; those of a document that ends with a newline end with an empty one."""
        return _NEWLINE.split(self._sdl)

    def line(self, number: int) -> str | None:
        """A line by its number (from 1); None where there is none."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None

    def shown(self, number: int) -> Line | None:
        """A line as it is shown; measured once, however many findings are in it."""
        if (text := self.line(number)) is not None and number not in self._shown:
            self._shown[number] = Line(text)
        return self._shown.get(number)

    def definition(self, number: int) -> int | None:
        """The line in which the definition around a line begins; None where that is the line itself."""
        before = bisect_right(self._definitions, number)
        found = self._definitions[before - 1] if before else number
        return None if found == number else found

    @cached_property
    def _definitions(self) -> list[int]:
        """Lines that begin a definition. Descriptions may hold such lines, too, and are skipped."""
        found: list[int] = []
        described = False
        for number, line in enumerate(self.lines, 1):
            if not described and _DEFINITION.match(line):
                found.append(number)
            if line.count(_BLOCK) % 2:
                described = not described
        return found
