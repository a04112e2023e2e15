"""Short ways to compose what was generated and to compare what comes out."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import build_schema, lexicographic_sort_schema, print_schema

from gateway.composition import CompositionResult, Subgraph, compose
from tests.support.federation.cut import Cut


def normal(sdl: str) -> str:
    """A schema in a normal form: sorted and printed anew."""
    return print_schema(lexicographic_sort_schema(build_schema(sdl)))


def subgraphs(parts: Cut) -> list[Subgraph]:
    """The subgraphs of a cut, as the composer takes them."""
    return [Subgraph(part.name, part.url, part.sdl) for part in parts.parts]


def shown(given: Iterable[Subgraph]) -> str:
    """Subgraphs in the form of a conformance case, to be kept as one."""
    return "\n".join(f"# subgraph: {subgraph.name}\n{subgraph.sdl}" for subgraph in given)


def api(given: Iterable[Subgraph]) -> str:
    """The normal form of the API schema of subgraphs that must compose."""
    listed = list(given)
    result: CompositionResult = compose(listed)
    assert result.api_schema is not None, f"{[str(error) for error in result.errors]}\n{shown(listed)}"
    return normal(result.api_schema)
