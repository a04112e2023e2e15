"""Inputs to damage: our own conformance cases, and the recorded ones where they are at hand."""

from __future__ import annotations

from functools import lru_cache

from gateway.composition import Subgraph
from tests.conformance.composition.own import own_cases
from tests.conformance.composition.recorded import RECORDED, recorded_cases

Input = tuple[Subgraph, ...]


@lru_cache(maxsize=1)
def own_inputs() -> tuple[Input, ...]:
    """The subgraphs of our own cases; that with none cannot be damaged."""
    return tuple(case.subgraphs for case in own_cases() if case.subgraphs)


@lru_cache(maxsize=1)
def inputs() -> tuple[Input, ...]:
    """The subgraphs of all cases."""
    recorded = tuple(case.subgraphs for case in recorded_cases()) if RECORDED.exists() else ()
    return own_inputs() + recorded


@lru_cache(maxsize=1)
def documents() -> list[str]:
    """All SDL there is, once each, in a stable order."""
    return list(dict.fromkeys(subgraph.sdl for given in inputs() for subgraph in given))
