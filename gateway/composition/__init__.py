"""Composes subgraph schemas into one supergraph: a pure function from SDLs to SDL or coded errors."""

from gateway.composition.codes import ErrorCode
from gateway.composition.compose import Composer, compose
from gateway.composition.hints import HintCode, HintLevel
from gateway.composition.reason import Reason, ReasonKind
from gateway.composition.result import CompositionError, CompositionResult, Hint, Location, Subgraph

__all__ = [
    "Composer",
    "CompositionError",
    "CompositionResult",
    "ErrorCode",
    "Hint",
    "HintCode",
    "HintLevel",
    "Location",
    "Reason",
    "ReasonKind",
    "Subgraph",
    "compose",
]
