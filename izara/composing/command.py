"""What `izara compose` does: read, compose, show; once or after each change."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import typer

from gateway.composition import Composer, HintLevel
from izara.cli.run import fail, run
from izara.composing.config import ConfigUnreadableError, read_config
from izara.composing.old_schema import read_old_schema
from izara.composing.outcome import Outcome, compose_gathered
from izara.composing.printing import OutputError, Printer, counted
from izara.composing.sources import Gathered, Source, gather, is_url
from izara.composing.watch import Round, watch


def named(given: str) -> Source:
    """The source of `NAME=FILE` or `NAME=URL`. An empty name is left to composition, which has a code for it."""
    name, equals, place = given.partition("=")
    if not (equals and place):
        raise typer.BadParameter(f"{given!r}: write NAME=FILE or NAME=URL")
    if is_url(place):
        return Source(name, place, place)
    if "://" in place:
        raise typer.BadParameter(f"{given!r}: an SDL is read from a file, or from an http or https URL")
    return Source(name, Path(place))


@dataclass(frozen=True)
class Composing:
    """What was asked for."""

    given: tuple[Source, ...]
    config: Path | None
    check: str | None
    hints: HintLevel | None
    timeout: float
    composer: Composer = field(default_factory=Composer)

    @property
    def files(self) -> frozenset[Path]:
        """The files that are known without reading any."""
        given = {source.file for source in self.given} | {self.config}
        if self.check is not None and not is_url(self.check):
            given.add(Path(self.check))
        return frozenset(file for file in given if file is not None)

    async def look(self) -> Round:
        """Read everything."""
        old = None if self.check is None else await read_old_schema(self.check, self.timeout)
        remote = self.check is not None and is_url(self.check)
        try:
            sources = [*(read_config(self.config, os.environ) if self.config else ()), *self.given]
        except ConfigUnreadableError as error:
            return Round(error.gathered, old, self.files, remote)
        files = self.files | {source.file for source in sources if source.file is not None}
        gathered = await gather(sources, self.timeout)
        return Round(gathered, old, files, remote or any(source.file is None for source in sources))

    def compose(self, found: Round) -> Outcome:
        """Compose what was read."""
        return compose_gathered(self.composer, found.gathered, found.old, self.hints)


def compose_again(task: Composing, printer: Printer, interval: float) -> None:
    """Compose and show after each change, until Ctrl-C.

    Args:
        interval: seconds between two looks at what no file system tells of.
    """
    run(watch(task.files, task.look, task.compose, Rounds(printer).show, interval))


def compose_once(task: Composing, printer: Printer) -> None:
    """Compose and show; raises typer.Exit(1) where it does not compose, or cannot be written."""
    outcome, gathered = composed(task)
    try:
        printer.show(outcome, gathered)
    except OutputError as error:
        raise fail(str(error)) from error
    if not outcome.ok:
        raise typer.Exit(1)


def composed(task: Composing) -> tuple[Outcome, Gathered]:
    """Read and compose once. Composing is done outside the event loop, where Ctrl-C ends it at once."""
    found = run(task.look())
    try:
        return task.compose(found), found.gathered
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error


@dataclass
class Rounds:
    """Shows one outcome after the other, with a line about each."""

    printer: Printer
    number: int = 0

    def show(self, outcome: Outcome, found: Round) -> None:
        """Show it; what cannot be written is told, and does not end the watch."""
        self.number += 1
        try:
            self.printer.show(outcome, found.gathered)
        except OutputError as error:
            typer.echo(f"izara: {error}", err=True)
            return
        composed = f"{counted(len(found.gathered.subgraphs), 'subgraph')} composed"
        said = composed if outcome.supergraph is not None else "waiting for a change"
        typer.echo(f"[{self.number}] {said}", err=True)
