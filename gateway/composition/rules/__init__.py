"""The rules beyond merging: those of one subgraph, and those of the merged schema."""

from __future__ import annotations

from gateway.composition.merge.context import Merge
from gateway.composition.model import Schema
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema

SUBGRAPH_RULES: tuple = ()


def check_subgraph(subgraph: SubgraphSchema, report: Report) -> None:
    """Run every rule that needs one subgraph only."""
    for rule in SUBGRAPH_RULES:
        rule(subgraph, report)


def check_merged(merge: Merge, api: Schema, api_text: str) -> None:
    """Run every rule on the merged schema."""
