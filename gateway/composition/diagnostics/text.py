"""Text as a terminal shows it: nothing that steers it, tabs as spaces, and how many cells each character takes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Final

from rich.cells import cell_len

TAB: Final = "    "
ELLIPSIS: Final = "…"


def printable(text: str) -> str:
    """One line that cannot steer a terminal: what is invisible or a control is shown as GraphQL would escape it."""
    if text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return TAB if char == "\t" else f"\\u{{{ord(char):X}}}"


@lru_cache(maxsize=4096)
def _piece(char: str) -> tuple[str, int]:
    """A character as it is shown, and its cells."""
    shown = _shown(char)
    # The newest tables rather than those of this terminal, which only the environment could tell.
    return shown, sum(cell_len(part, "latest") for part in shown)


class Line:
    """One line of SDL as it is shown.

    Attributes:
        cells: where each of its characters starts, in cells, and where the last ends.
    """

    def __init__(self, text: str) -> None:
        pieces = [_piece(char) for char in text]
        self._pieces = [shown for shown, _ in pieces]
        self.cells = list(accumulate((cells for _, cells in pieces), initial=0))

    def cell(self, column: int) -> int:
        """In which cell a column (from 1) starts; those beyond the end are at the end."""
        return self.cells[min(max(column - 1, 0), len(self._pieces))]

    def window(self, start: int, end: int, room: int) -> tuple[str, int]:
        """As much of the line as fits into `room` cells with the cells from `start` to `end` in sight.

        Returns the text, marked where it is cut, and how many cells it has been moved to the left.
        """
        whole = max(self.cells[-1], end)
        if whole <= room:
            return "".join(self._pieces), 0
        left = max(0, min(start - room // 4, whole - room)) if end > room - 1 else 0
        return self._cut(left, room), left

    def _cut(self, left: int, room: int) -> str:
        """The cells from `left` on; a character that does not fit whole is left as blanks."""
        whole, right = self.cells[-1], left + room
        first = left + 1 if left > 0 else 0
        last = right - 1 if whole > right else whole
        # A line may be a whole SDL with thousands of findings in it, so it is not gone through for each.
        begin, end = bisect_left(self.cells, first), bisect_right(self.cells, last) - 1
        body = "".join(self._pieces[begin:end])
        pad = " " * (self.cells[begin] - first) if begin < end else ""
        return f"{ELLIPSIS if left > 0 else ''}{pad}{body}{ELLIPSIS if last < whole else ''}"
