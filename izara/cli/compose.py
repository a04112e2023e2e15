"""`izara compose`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.composition import HintLevel


class Hints(StrEnum):
    """From which level on hints are shown."""

    NONE = "none"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"

    @property
    def lowest(self) -> HintLevel | None:
        """That level; None where no hint is shown."""
        from gateway.composition import HintLevel

        return None if self is Hints.NONE else HintLevel[self.name]


def compose(
    subgraph: Annotated[list[str] | None, typer.Option(help="NAME=FILE or NAME=URL; give one for each.")] = None,
    config: Annotated[Path | None, typer.Option(help="A YAML file that names the subgraphs (supergraph.yaml).")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the supergraph here; default standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print supergraph, apiSchema, errors and hints.")] = False,
    watching: Annotated[bool, typer.Option("--watch", help="Compose again after each change, until Ctrl-C.")] = False,
    check: Annotated[
        str | None,
        typer.Option(
            metavar="OLD", help="Tell what changes for clients of this supergraph or API schema (file or URL)."
        ),
    ] = None,
    hints: Annotated[
        Hints | None, typer.Option(help="Show hints from this level on; default info, with --json all.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds in which each URL answers.")] = 30.0,
    interval: Annotated[float, typer.Option(min=0.1, help="With --watch: seconds between two looks at URLs.")] = 5.0,
) -> None:
    """Compose subgraphs to a supergraph.

    Exit code 1 and coded errors where they do not fit together, or where clients of --check's schema would break.
    """
    if not subgraph and config is None:
        raise typer.BadParameter("give at least one --subgraph NAME=FILE|URL, or --config FILE")
    from izara.composing.command import Composing, compose_again, compose_once, named
    from izara.composing.printing import Printer

    level = hints or (Hints.DEBUG if as_json else Hints.INFO)
    task = Composing(tuple(named(item) for item in subgraph or ()), config, check, level.lowest, timeout)
    printer = Printer(out, as_json, check is not None, lines=watching)
    if watching:
        compose_again(task, printer, interval)
    else:
        compose_once(task, printer)
