"""The rules beyond merging: those of one subgraph, and those of the merged schema."""

from __future__ import annotations

from collections.abc import Callable

from gateway.composition.merge.context import Merge
from gateway.composition.report import Report
from gateway.composition.rules.authorization import (
    check_authorization_places,
    check_transitive_requirements,
    spread_requirements,
)
from gateway.composition.rules.composed import check_composed_places
from gateway.composition.rules.contexts import check_contexts
from gateway.composition.rules.demand import check_demand
from gateway.composition.rules.externals import check_externals
from gateway.composition.rules.field_sets import check_field_sets
from gateway.composition.rules.inaccessible import check_inaccessible
from gateway.composition.rules.interfaces import check_interfaces
from gateway.composition.rules.merged import (
    check_implementations,
    check_interface_keys,
    check_interface_objects,
    check_queries,
)
from gateway.composition.rules.requirements import check_requirements
from gateway.composition.subgraph.schema import SubgraphSchema

SUBGRAPH_RULES: tuple[Callable[[SubgraphSchema, Report], None], ...] = (
    check_field_sets,
    check_externals,
    check_interfaces,
    check_demand,
    check_contexts,
    check_authorization_places,
)

MERGED_STAGES: tuple[tuple[Callable[[Merge], None], ...], ...] = (
    (check_queries, check_interface_keys, check_interface_objects),
    (
        check_implementations,
        check_requirements,
        spread_requirements,
        check_transitive_requirements,
        check_composed_places,
    ),
    (check_inaccessible,),
)
"""Each stage runs for all types only when the merge and the stages before it found nothing: what it would find
on types that have errors are mostly consequences of them (see ``beside``)."""


def check_subgraph(subgraph: SubgraphSchema, report: Report) -> None:
    """Run every rule that needs one subgraph only."""
    for rule in SUBGRAPH_RULES:
        rule(subgraph, report)
