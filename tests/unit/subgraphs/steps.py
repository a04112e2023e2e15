"""Contexts for calling a flow's functions by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from flows.schema import Change, Refusal, StepContext
from identity import Principal, PrincipalKind
from store import VersionedDocument

P = TypeVar("P")
D = TypeVar("D", bound=VersionedDocument)

ADA = Principal(kind=PrincipalKind.USER, id="ada", name="Ada", scopes=frozenset(), authorizations=None)
NOW = 1_700_000_000_000


def step_context(
    params: P, *stored: VersionedDocument, results: Mapping[str, Any] | None = None, run_id: str = "run-1"
) -> StepContext[P]:
    """A context that loads the given documents and no others."""

    async def load(cls: type[D], id: str) -> D | None:
        found = [item for item in stored if isinstance(item, cls) and item.id == id and not item.deleted]
        return found[0] if found else None

    async def owners(object_ref: str) -> list[str]:
        return [ADA.id]

    return StepContext(
        params=params,
        run_id=run_id,
        principal=ADA,
        results=results or {},
        now=NOW,
        load=load,
        owners=owners,
        new_id=lambda name="": f"{run_id}-{name}",
    )


def changed(decision: object) -> Change:
    """The decision, which must be a change."""
    assert isinstance(decision, Change), decision
    return decision


def refused(decision: object) -> tuple[str, tuple[str, ...]]:
    """Code and field of the decision, which must be a refusal."""
    assert isinstance(decision, Refusal), decision
    return decision.code, decision.field


def codes(refusals: list[Refusal]) -> set[tuple[str, tuple[str, ...]]]:
    """Codes and fields of what is wrong with an input."""
    return {(item.code, item.field) for item in refusals}
