"""The planner against the proof."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gateway.composition import CompositionResult, ErrorCode, ReasonKind, Subgraph
from gateway.composition.compose import Merged
from gateway.supergraph import load_supergraph
from tests.properties.composition.support import shown
from tests.properties.satisfiability.paths import label_sets, plans, queries
from tests.properties.satisfiability.verdict import example, failures

DEPTH = 4

HELD_BACK = {
    ReasonKind.REQUIREMENT,
    ReasonKind.NO_WAY_BACK,
    ReasonKind.KEY_FIELD_ROLLED_OUT,
    ReasonKind.KEY_FIELD_UNREACHABLE,
}
"""What composers refuse although a planner finds a way; docs/decisions tell why we do too."""


def agree(subgraphs: Sequence[Subgraph], found: Merged, result: CompositionResult, most: int) -> None:
    """The planner plans all of it, or not what the proof calls unreachable."""
    supergraph = load_supergraph(found.supergraph)
    failed_once = False
    for labels in label_sets(supergraph)[:8]:
        failed = failures(found, labels)
        failed_once |= bool(failed)
        for failure in failed:
            query = example(found, failure)
            assert not plans(supergraph, query, labels), f"{query} {labels}\n{shown(subgraphs)}"
        assert not (failed and result.ok), f"{failed[0]} {labels}\n{shown(subgraphs)}"
        if not failed:
            for query in islice(queries(supergraph.api_schema, DEPTH), most):
                assert plans(supergraph, query, labels), f"{query} {labels}\n{shown(subgraphs)}"
    if not failed_once:
        assert result.ok or _is_held_back(result), f"{result.errors}\n{shown(subgraphs)}"


def _is_held_back(result: CompositionResult) -> bool:
    """Whether all errors are of what could be planned, and is refused as other composers refuse it."""
    return all(
        error.code != ErrorCode.SATISFIABILITY_ERROR or any(reason.kind in HELD_BACK for reason in error.details)
        for error in result.errors
    )
