"""Runs the walk over the merged schema and reports what fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import Schema
from gateway.composition.satisfiability.budget import Budget, BudgetSpentError
from gateway.composition.satisfiability.complain import Finding, complain
from gateway.composition.satisfiability.contexts import ContextIndex, index_contexts
from gateway.composition.satisfiability.explain import reasons
from gateway.composition.satisfiability.live_labels import LiveLabels
from gateway.composition.satisfiability.moves import Moves
from gateway.composition.satisfiability.recall import Recall
from gateway.composition.satisfiability.structure import StructureReader
from gateway.composition.satisfiability.visible import Visible, visible_part
from gateway.composition.satisfiability.walker import Walker
from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.model import Model

STEPS = 20_000_000
"""How much work the proof may take before it is given up with an error."""


@dataclass
class SatisfiabilityMemo:
    """What one check can take over from the check before: what was read, and the verdict on an equal structure.

    Descriptions, arguments, leaf types, URLs and where the SDL says what do not belong to the structure.
    """

    reader: StructureReader = field(default_factory=StructureReader)
    recall: Recall = field(default_factory=Recall)
    _question: tuple[object, ...] = ()
    _verdict: tuple[Finding, ...] = ()

    def verdict(
        self, model: Model, visible: Visible, contexts: ContextIndex, prove: Callable[[], tuple[Finding, ...]]
    ) -> tuple[Finding, ...]:
        """The verdict known for this structure, else what `prove` says."""
        question = (model.types, model.roots, visible, contexts)
        if question != self._question:
            self._question = ()
            self._verdict = prove()
            self._question = question
        return self._verdict


def check_satisfiability(merge: Merge, api: Schema, steps: int, memo: SatisfiabilityMemo | None = None) -> None:
    """Report every field of the API that some query path cannot reach, each once.

    Args:
        steps: how much work the proof may take; more is an error.
        memo: kept by who composes again and again; it must not be used by two checks at once.
    """
    memo = memo or SatisfiabilityMemo()
    try:
        model = memo.reader.read(merge)
    except SupergraphError as error:
        merge.report.error(ErrorCode.INVALID_GRAPHQL, f"The merged schema cannot be served: {error.message}")
        return
    contexts, visible = index_contexts(merge), visible_part(api)
    try:
        findings = memo.verdict(model, visible, contexts, lambda: prove(model, visible, contexts, steps, memo.recall))
    except BudgetSpentError:
        merge.report.error(
            ErrorCode.COMPOSITION_LIMIT_EXCEEDED,
            f"Whether every query can be answered could not be decided within {steps} steps.",
            help="Reduce the number of alternative keys and shared fields, or of override labels.",
        )
        return
    for finding in findings:
        complain(merge, api, finding)


def prove(
    model: Model, visible: Visible, contexts: ContextIndex, steps: int, recall: Recall | None = None
) -> tuple[Finding, ...]:
    """Everything that some query cannot reach, whichever override labels are active.

    Raises:
        BudgetSpentError: it takes more steps than these.
    """
    if recall is None or contexts.needed_by or _has_labels(model):
        return _prove(model, visible, contexts, Budget(steps), None)
    budget = Budget(steps // 2)
    try:
        return _prove(model, visible, contexts, budget, recall)
    except BudgetSpentError:
        # What was recalled may have cost less, or more, than to find it here: near the limit, nothing is recalled.
        return _prove(model, visible, contexts, Budget(steps), None)


def _prove(
    model: Model, visible: Visible, contexts: ContextIndex, budget: Budget, recall: Recall | None
) -> tuple[Finding, ...]:
    moves = Moves(model, contexts, budget.spend)
    if recall is not None:
        recall.begin(moves, budget)
    walker = Walker(visible, moves, recall=recall)
    walker.walk_roots()
    if walker.failures and _has_labels(model):
        walker = Walker(visible, moves, LiveLabels(visible, moves))
        walker.walk_roots()
    if recall is not None:
        recall.end()
    return tuple(Finding(failure, reasons(moves, failure)) for failure in walker.failures.values())


def _has_labels(model: Model) -> bool:
    return any(
        join.label is not None
        for found in model.types.values()
        for entry in found.fields.values()
        for join in entry.joins
    )
