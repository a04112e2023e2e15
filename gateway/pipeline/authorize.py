"""Who may see which fields: what callers are granted, and what they are told of fields that they are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.planner import QueryPlan
from gateway.supergraph.authorization import NOTHING, Grants, Requirements

Authorize = Callable[[Mapping[str, str], frozenset[str]], Awaitable[Grants]]
"""Says what the sender of these headers is granted, given the policies that the supergraph names.

The headers are those that fetches carry. Raises `gateway.subscriptions.Refused` where the request is not to be
answered at all, because its token is not valid.
"""


async def granted(authorize: Authorize | None, requirements: Requirements, headers: Mapping[str, str]) -> Grants:
    """What a client is granted; nothing where nobody can tell."""
    return NOTHING if authorize is None else await authorize(headers, requirements.policies)


def refusal_errors(plan: QueryPlan, variables: Mapping[str, Any], grants: Grants) -> list[dict[str, Any]]:
    """The errors of the fields that were left out, as far as their conditions hold."""
    known = {**plan.defaults, **variables}
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for refusal in plan.refusals:
        if all(bool(known.get(guard.variable)) is guard.include for guard in refusal.guards):
            found.setdefault(refusal.path, _error(refusal.path, refusal.coordinate, grants))
    return list(found.values())


def _error(path: tuple[str, ...], coordinate: str, grants: Grants) -> dict[str, Any]:
    code = "FORBIDDEN" if grants.authenticated else "UNAUTHENTICATED"
    why = "is not granted to you" if grants.authenticated else "needs you to sign in"
    return {"message": f"{coordinate} {why}.", "path": list(path), "extensions": {"code": code}}
