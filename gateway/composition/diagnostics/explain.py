"""The outcome of a composition in words, for those who call `compose` themselves."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.composition.diagnostics.model import of_error, of_hint
from gateway.composition.diagnostics.render import render
from gateway.composition.diagnostics.source import SourceText
from gateway.composition.hints import HintLevel
from gateway.composition.result import CompositionResult, Subgraph


def explain(
    result: CompositionResult,
    subgraphs: Iterable[Subgraph],
    *,
    hints: HintLevel | None = HintLevel.INFO,
    colour: bool = False,
    width: int = 120,
) -> str:
    """Every error, and the hints of a level and above, with the lines of SDL that they are about.

    Args:
        subgraphs: what was composed.
        hints: the lowest level to show; None shows no hint.
        colour: whether to paint for a terminal.
        width: cells of a line.
    """
    findings = [of_error(error) for error in result.errors]
    if hints is not None:
        findings += [of_hint(hint) for hint in result.hints if hint.code.level >= hints]
    sources = {subgraph.name: SourceText(subgraph.sdl, subgraph.name) for subgraph in subgraphs}
    return render(findings, sources, colour=colour, width=width)
