"""Merges the ``schema`` element itself: its description, and the composed directives on it."""

from __future__ import annotations

from gateway.composition.merge.applied import merge_applied, merge_description
from gateway.composition.merge.context import Merge, Source


def merge_schema_element(merge: Merge) -> None:
    """Merge what subgraphs say about their schema as a whole."""
    sources = [Source(subgraph, subgraph.schema.element) for subgraph in merge.subgraphs]
    merge_description(merge, merge.schema.element, sources, "schema")
    merge_applied(merge, merge.schema.element, sources, "schema")
