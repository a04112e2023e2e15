"""Colours for a terminal, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_RESET: Final = "\x1b[0m"
_LEVELS: Final = {"error": "1;31", "warn": "1;33", "info": "1;36", "debug": "1;35"}


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints pieces of a report; with `on` false it leaves them as they are."""

    on: bool = False

    def level(self, level: str, text: str) -> str:
        """A level's name, its code and its carets."""
        return self._paint(_LEVELS.get(level, "1"), text)

    def strong(self, text: str) -> str:
        """What is to be read first."""
        return self._paint("1", text)

    def frame(self, text: str) -> str:
        """Line numbers and the lines beside them."""
        return self._paint("34", text)

    def way_out(self, text: str) -> str:
        """The word before a way out."""
        return self._paint("1;32", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text
