"""Short ways to compose what was generated and to compare what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphql import GraphQLSchema, build_schema, lexicographic_sort_schema, print_schema

from gateway.composition import CompositionResult, ErrorCode, Subgraph, compose
from gateway.supergraph import load_supergraph
from tests.support.bounded import bounded
from tests.support.federation.cut import Cut

SECONDS = 60
"""Far more processor time than any small input may take."""


def normal(sdl: str) -> str:
    """A schema in a normal form: sorted and printed anew."""
    return normal_schema(build_schema(sdl))


def normal_schema(schema: GraphQLSchema) -> str:
    """A built schema in the same form."""
    return print_schema(lexicographic_sort_schema(schema))


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


def sound(given: Sequence[Subgraph]) -> CompositionResult:
    """Compose, and check what must hold of any outcome, good or bad.

    It ends; there are errors with codes or there are both schemas; the order does not matter; what was
    printed can be read, served and parsed, and both ways of telling the API agree.
    """
    text = shown(given)
    with bounded(SECONDS, text):
        result = compose(given)
        turned = compose(given[::-1])
    assert turned == result, f"another order, another outcome\n{text}"
    assert all(isinstance(error.code, ErrorCode) and error.message for error in result.errors), text
    if result.errors:
        assert result.supergraph is None, text
        assert result.api_schema is None, text
        return result
    assert result.supergraph is not None, text
    assert result.api_schema is not None, text
    served = load_supergraph(result.supergraph)
    assert normal_schema(served.api_schema) == normal(result.api_schema), text
    assert set(served.subgraphs) == {subgraph.name for subgraph in given}, text
    build_schema(result.supergraph)
    return result
