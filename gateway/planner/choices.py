"""What has been chosen for a selection, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.planner.operation import OpField
from gateway.supergraph.graph import State
from gateway.supergraph.model import ContextArgument
from gateway.supergraph.selection import FieldSet

IMPOSSIBLE = float("inf")
FETCH_COST = 1000.0
DEPTH_COST = 10.0
LATE_COST = 0.01

Skip = frozenset[str]
Active = frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A field that its subgraph resolves only when sent `requires`, and values of contexts as arguments."""

    field: OpField
    state: State
    requires: FieldSet
    contexts: tuple[ContextArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectChoice:
    """How to read the fields of one object type.

    Attributes:
        opens: the states to enter, in an order in which each can be.
        sources: the states that each plain field can then be taken from.
    """

    cost: float
    opens: tuple[State, ...] = ()
    sources: tuple[tuple[OpField, tuple[State, ...]], ...] = ()
    required: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class AbstractChoice:
    """How to read a selection on an abstract type.

    Attributes:
        states: the states used, entered ones included.
        sources: fields to be taken on the abstract type itself.
        typed: object types that need more; what `skip` names they have from `sources` already.
    """

    cost: float
    opens: tuple[State, ...] = ()
    states: tuple[State, ...] = ()
    sources: tuple[tuple[OpField, tuple[State, ...]], ...] = ()
    typed: tuple[str, ...] = ()
    skip: Skip = frozenset()


def identity(field: OpField) -> str:
    """What makes two fields of a selection the same."""
    return field.key if field.key is not None else f"{field.name}{field.arguments} internal"
