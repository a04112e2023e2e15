"""What the proof says of a merge: as composition asks it, and as permissive as a planner may be."""

from __future__ import annotations

from gateway.composition.compose import Merged
from gateway.composition.satisfiability.budget import Budget
from gateway.composition.satisfiability.contexts import index_contexts
from gateway.composition.satisfiability.example import example_query
from gateway.composition.satisfiability.moves import Moves
from gateway.composition.satisfiability.structure import StructureReader
from gateway.composition.satisfiability.visible import visible_part
from gateway.composition.satisfiability.walker import Failure, Walker
from gateway.composition.typerefs import named

STEPS = 1_000_000


def failures(merged: Merged, labels: frozenset[str]) -> list[Failure]:
    """All that cannot be reached while these labels are active, whatever other composers hold."""
    model = StructureReader().read(merged.merge)
    moves = Moves(model, index_contexts(merged.merge), Budget(STEPS).spend, labels=labels, strict=False)
    walker = Walker(visible_part(merged.api), moves)
    walker.walk_roots()
    return list(walker.failures.values())


def example(merged: Merged, failure: Failure) -> str:
    """The failure's query."""
    if failure.field is None:
        return example_query(failure.path, merged.api, leaf=False)
    target = merged.api.types.get(named(merged.api.types[failure.type].fields[failure.field].type))
    return example_query(failure.path, merged.api, leaf=target is None or not target.is_composite)
