"""The composer stopped before it proves that all can be reached."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.composition import Subgraph
from gateway.composition.compose import Merged, merge_subgraphs
from gateway.composition.merge.memos import Memos
from gateway.composition.reading import Reader
from gateway.composition.report import Report


def merged(subgraphs: Sequence[Subgraph], reader: Reader | None = None) -> Merged | None:
    """The merge of subgraphs, proven or not; None where a rule is broken."""
    report = Report()
    loaded = (reader or Reader()).read(subgraphs, report)
    return None if report.failed else merge_subgraphs(loaded, report, Memos())
