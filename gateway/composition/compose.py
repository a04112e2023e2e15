"""The composer: read every subgraph, merge, check, print.

Each stage needs the one before without errors; what a later one can find all the same is looked for
(``beside``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.composition.beside import report_beside_broken, report_beside_merge
from gateway.composition.collector import collector_paused
from gateway.composition.merge.composed import register_composed_directives
from gateway.composition.merge.context import Merge
from gateway.composition.merge.directives import (
    merge_executable_directives,
    register_federation_directives,
)
from gateway.composition.merge.memos import Memos
from gateway.composition.merge.override import read_overrides
from gateway.composition.merge.pieces import merge_enums, merge_types
from gateway.composition.merge.root import merge_schema_element
from gateway.composition.model import EXECUTABLE, Schema
from gateway.composition.reading import Reader
from gateway.composition.report import Report
from gateway.composition.result import CompositionError, CompositionResult, Subgraph
from gateway.composition.rules import MERGED_STAGES
from gateway.composition.rules.runtime_types import check_runtime_types
from gateway.composition.rules.validity import check_validity
from gateway.composition.satisfiability import STEPS, SatisfiabilityMemo, check_satisfiability
from gateway.composition.subgraph.links import Link
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.supergraph.api import api_model, print_api
from gateway.composition.supergraph.emit import emit


def compose(subgraphs: Sequence[Subgraph], *, steps: int = STEPS) -> CompositionResult:
    """Compose subgraphs into a supergraph.

    Args:
        subgraphs: at least one, with unique names; their order does not matter.
        steps: how much work the proof that every query can be answered may take; more is an error.

    Returns:
        Either SDLs (``ok``), or every error of the first stage that failed, and those of later stages that are
        independent of them. Never raises on bad input.
    """
    return Composer(steps=steps).compose(subgraphs)


class Composer:
    """Composes again and again, and does anew only what a change of the subgraphs touches.

    Every result is exactly that of ``compose`` for the same subgraphs. Not for several threads at once.

    Args:
        reader: what reads the SDL; one that has read some of it already does not do so again.
    """

    def __init__(self, *, steps: int = STEPS, reader: Reader | None = None) -> None:
        self._steps = steps
        self._reader = reader or Reader()
        self._memos = Memos()
        self._satisfiability = SatisfiabilityMemo()

    def compose(self, subgraphs: Sequence[Subgraph]) -> CompositionResult:
        """Compose subgraphs; see ``compose``."""
        with collector_paused():
            report = Report()
            loaded = self._reader.read(subgraphs, report)
            if report.failed:
                report_beside_broken(subgraphs, report, merge_all)
                return _failure(report)
            merged = merge_subgraphs(loaded, report, self._memos)
            if merged is None:
                return _failure(report)
            check_satisfiability(merged.merge, merged.api, self._steps, self._satisfiability)
            if report.failed:
                return _failure(report)
            return CompositionResult(merged.supergraph, print_api(merged.api, self._memos), (), report.hints())

    def check_apart(self, subgraphs: Sequence[Subgraph]) -> tuple[CompositionError, ...]:
        """The errors that each subgraph has by itself, for where others are missing and nothing can be composed.

        What a Federation 1 subgraph needs of others is not asked for.
        """
        with collector_paused():
            report = Report()
            self._reader.read_apart(subgraphs, report)
            return report.errors()


@dataclass(frozen=True, slots=True)
class Merged:
    """What came out of a merge without errors: its state, the API, and the supergraph, of which is still to be
    proven that all of it can be reached."""

    merge: Merge
    api: Schema
    supergraph: str


def _failure(report: Report) -> CompositionResult:
    return CompositionResult(None, None, report.errors(), report.hints())


def merge_subgraphs(loaded: Sequence[SubgraphSchema], report: Report, memos: Memos) -> Merged | None:
    """All stages but the proof that every query can be answered; None where one of them reported errors."""
    merge = Merge(loaded, report, memos)
    links = merge_all(merge)
    if links is None:
        return None
    for number, rules in enumerate(MERGED_STAGES, start=1):
        for rule in rules:
            rule(merge)
        if report.failed:
            report_beside_merge(merge, MERGED_STAGES[number:])
            return None
    api = api_model(merge.schema, EXECUTABLE, links, memos)
    check_validity(merge, api)
    if report.failed:
        return None
    supergraph = emit(merge, links)
    check_runtime_types(merge, api)
    return Merged(merge, api, supergraph)


def merge_all(merge: Merge) -> dict[str, Link] | None:
    """Merge directives and types; the links of composed directives, None where it is unclear what to compose."""
    merge.prepare()
    register_federation_directives(merge)
    links = register_composed_directives(merge)
    if merge.report.failed:
        return None
    merge.composed = merge.memos.composed.keep(merge.composed)
    merge.overrides = read_overrides(merge.subgraphs, merge.report)
    merge_schema_element(merge)
    merge_types(merge)
    merge_executable_directives(merge)
    merge_enums(merge)
    return links
