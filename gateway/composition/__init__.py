"""Composes subgraph schemas into one supergraph: a pure function from SDLs to SDL or coded errors."""

from gateway.composition.codes import ErrorCode, HintCode
from gateway.composition.compose import compose
from gateway.composition.result import CompositionError, CompositionResult, Hint, Location, Subgraph

__all__ = [
    "CompositionError",
    "CompositionResult",
    "ErrorCode",
    "Hint",
    "HintCode",
    "Location",
    "Subgraph",
    "compose",
]
