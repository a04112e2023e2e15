"""The composer: read every subgraph, merge, check, print. Each stage needs the one before without errors."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.composition.collector import collector_paused
from gateway.composition.merge.context import Merge
from gateway.composition.merge.directives import (
    EXECUTABLE,
    merge_executable_directives,
    register_composed_directives,
    register_federation_directives,
)
from gateway.composition.merge.override import read_overrides
from gateway.composition.merge.types import merge_enums, merge_types
from gateway.composition.reading import Reader
from gateway.composition.report import Report
from gateway.composition.result import CompositionResult, Subgraph
from gateway.composition.rules import MERGED_STAGES
from gateway.composition.rules.merged import check_runtime_types
from gateway.composition.rules.validity import check_validity
from gateway.composition.satisfiability import STEPS, check_satisfiability
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.supergraph.api import api_model, print_api
from gateway.composition.supergraph.emit import emit


def compose(subgraphs: Sequence[Subgraph], *, steps: int = STEPS) -> CompositionResult:
    """Compose subgraphs into a supergraph.

    Args:
        subgraphs: at least one, with unique names; their order does not matter.
        steps: how much work the proof that every query can be answered may take; more is an error.

    Returns:
        Either SDLs (``ok``), or every error found in the first stage that failed. Never raises on bad
        input.
    """
    return Composer(steps=steps).compose(subgraphs)


class Composer:
    """Composes again and again, and does anew only what a change of the subgraphs touches.

    Every result is exactly that of ``compose`` for the same subgraphs. Not for several threads at once.
    """

    def __init__(self, *, steps: int = STEPS) -> None:
        self._steps = steps
        self._reader = Reader()

    def compose(self, subgraphs: Sequence[Subgraph]) -> CompositionResult:
        """Compose subgraphs; see ``compose``."""
        with collector_paused():
            report = Report()
            loaded = self._reader.read(subgraphs, report)
            if report.failed:
                return _failure(report)
            return _merge(loaded, report, self._steps)


def _failure(report: Report) -> CompositionResult:
    return CompositionResult(None, None, report.errors(), report.hints())


def _merge(loaded: Sequence[SubgraphSchema], report: Report, steps: int) -> CompositionResult:
    merge = Merge(loaded, report)
    merge.prepare()
    register_federation_directives(merge)
    links = register_composed_directives(merge)
    if report.failed:
        return _failure(report)
    merge.overrides = read_overrides(loaded, report)
    merge_types(merge)
    merge_executable_directives(merge)
    merge_enums(merge)
    for rules in MERGED_STAGES:
        for rule in rules:
            rule(merge)
        if report.failed:
            return _failure(report)
    api = api_model(merge.schema, EXECUTABLE, links)
    check_validity(merge, api)
    if report.failed:
        return _failure(report)
    supergraph = emit(merge, links)
    check_runtime_types(merge)
    check_satisfiability(merge, supergraph, api, steps)
    if report.failed:
        return _failure(report)
    return CompositionResult(supergraph, print_api(api), (), report.hints())
