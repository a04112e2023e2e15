"""An outcome on standard output and standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.composition.changes import Change, ChangeLevel
from gateway.composition.diagnostics import printable, render
from izara.composing.files import write_text
from izara.composing.outcome import Outcome, to_json
from izara.composing.sources import Gathered

_UNKNOWN_WIDTH = 120
_WIDEST = 200
_LEVEL_COLOURS = {ChangeLevel.BREAKING: "red", ChangeLevel.DANGEROUS: "yellow", ChangeLevel.SAFE: "green"}


class OutputError(Exception):
    """The supergraph cannot be written; the message names the file."""


@dataclass(frozen=True)
class Printer:
    """Where and how outcomes are printed.

    Attributes:
        out: the file for the supergraph; None for standard output.
        as_json: print one JSON document instead; on one line where `lines`, for there will be more.
        checking: print the changes instead of the supergraph, unless that goes to a file.
    """

    out: Path | None
    as_json: bool
    checking: bool
    lines: bool = False

    def show(self, outcome: Outcome, gathered: Gathered) -> None:
        """Print it. A supergraph that breaks clients is not written. Raises OutputError."""
        if outcome.ok and outcome.supergraph is not None and self.out is not None:
            try:
                write_text(self.out, outcome.supergraph)
            except OSError as error:
                raise OutputError(f"{self.out} cannot be written: {error.strerror}") from error
        if self.as_json:
            typer.echo(json.dumps(to_json(outcome, gathered), indent=None if self.lines else 2))
            return
        typer.echo(self._findings(outcome), err=True, nl=False)
        if outcome.changes is not None:
            _print_changes(outcome.changes)
        elif outcome.supergraph is not None and self.out is None and not self.checking:
            typer.echo(outcome.supergraph)
        if outcome.errors:
            typer.echo(f"\n{counted(len(outcome.errors), 'error')}: no supergraph", err=True)
        elif outcome.breaks and self.out is not None:
            typer.echo(f"{self.out} was not written: it would break clients", err=True)

    def _findings(self, outcome: Outcome) -> str:
        return render((*outcome.errors, *outcome.hints), outcome.texts, colour=in_colour(), width=_width())


def in_colour() -> bool:
    """Whether standard error is a terminal that wants colours (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST) if sys.stderr.isatty() else _UNKNOWN_WIDTH


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print_changes(changes: tuple[Change, ...]) -> None:
    colour = sys.stdout.isatty() and in_colour()
    for change in changes:
        level = typer.style(change.level, fg=_LEVEL_COLOURS[change.level], bold=True) if colour else change.level
        typer.echo(f"{level} {change.code}: {printable(change.message)}")
    numbers = Counter(change.level for change in changes)
    said = ", ".join(f"{numbers[level]} {level}" for level in ChangeLevel)
    typer.echo(f"{counted(len(changes), 'change')} for clients: {said}" if changes else "no change for clients")
