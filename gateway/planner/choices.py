"""What has been chosen for a selection, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.planner.operation import OpField
from gateway.planner.sources import Sources
from gateway.supergraph.graph import State
from gateway.supergraph.model import ContextArgument
from gateway.supergraph.selection import FieldSet

IMPOSSIBLE = float("inf")
# Whole numbers, so that sums are exact and ties are ties in whichever order they were added up.
FETCH_COST = 100_000.0
DEPTH_COST = 1_000.0
LATE_COST = 1.0

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
        given: the sources of the plain fields, and the bits of those that are then open. Of most choices only
            the cost is ever asked.
    """

    cost: float
    opens: tuple[State, ...] = ()
    required: tuple[Requirement, ...] = ()
    given: tuple[Sources, int] | None = None

    @property
    def sources(self) -> tuple[tuple[OpField, tuple[State, ...]], ...]:
        """The states that each plain field can then be taken from."""
        if self.given is None:
            return ()
        sources, mask = self.given
        return sources.within(mask)


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
