"""Columns of text for a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence

import typer

GAP = "  "


def clean(value: object) -> str:
    """A value on one line. What plugins wrote is shown too, so nothing that steers a terminal may pass."""
    if value is None or value in ("", []):
        return "-"
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The lines of a table; on a terminal none is wider than it."""
    cells = [list(columns), *([clean(cell) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    lines = [GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    if not sys.stdout.isatty():
        return lines
    width = shutil.get_terminal_size().columns
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Print a table, or on standard error that there is nothing to show."""
    if not rows:
        typer.echo(nothing, err=True)
        return
    for line in table(columns, rows):
        typer.echo(line)


def print_fields(fields: Mapping[str, object]) -> None:
    """Print one thing, a field on each line."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        typer.echo(f"{name.ljust(width)}{GAP}{clean(value)}")


def tell_more(limit: int) -> None:
    """Say on standard error that the list goes on."""
    typer.echo(f"there are more than {limit}; see them with a greater --limit, or narrow the list", err=True)
