"""Plans as text, over supergraphs composed of a few lines each."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from graphql import parse, validate

from gateway.composition import Subgraph, compose
from gateway.planner import plan_operation, print_plan
from gateway.supergraph import Supergraph, load_supergraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", '
    '"@provides", "@external", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@context", '
    '"@fromContext"])\n'
)


def composed(sdls: Mapping[str, str]) -> Supergraph:
    """The supergraph of these subgraphs."""
    return load_supergraph(composed_text(sdls))


def composed_text(sdls: Mapping[str, str]) -> str:
    """The same as text, reached over HTTP where it is reached at all."""
    result = compose([Subgraph(name, f"http://{name}.invalid/graphql", LINK + sdl) for name, sdl in sdls.items()])
    assert result.supergraph is not None, result.errors
    return result.supergraph


def planned(supergraph: Supergraph, query: str, labels: frozenset[str] = frozenset()) -> str:
    """The plan of a valid query, as text."""
    document = parse(query)
    errors = validate(supergraph.api_schema, document)
    assert not errors, errors
    return print_plan(plan_operation(supergraph, document, labels=labels))


def assert_plan(supergraph: Supergraph, query: str, expected: str) -> None:
    assert planned(supergraph, query) == dedent(expected).strip("\n")
