"""Who may see which fields: what callers are granted, and what they are told of fields that they are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from gateway.planner import QueryPlan
from gateway.supergraph.authorization import NOTHING, Grants, Requirements

Authorize = Callable[[Mapping[str, str], frozenset[str]], Awaitable[Grants]]
"""Says what the sender of these headers is granted, given the policies that the supergraph names.

The headers are those that fetches carry. Raises `gateway.subscriptions.Refused` where the request is not to be
answered at all, because its token is not valid, and `gateway.subscriptions.Undecided` where that cannot be found
out now.
"""


@runtime_checkable
class Authorizer(Protocol):
    """Says the same, and at once where it can: requests of clients that are known need no task then."""

    def known(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants | None:
        """What is granted; None where that takes waiting. Raises as `Authorize` does."""
        ...

    async def ask(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants:
        """What is granted. Raises as `Authorize` does."""
        ...


class Nobody:
    """Grants nothing: nobody can tell who asks."""

    def known(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants | None:
        return NOTHING

    async def ask(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants:
        return NOTHING


class _Asked:
    """An authorizer that always has to wait."""

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize

    def known(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants | None:
        return None

    async def ask(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants:
        return await self._authorize(headers, policies)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client is granted, and the fields that are therefore not for it."""

    grants: Grants
    refused: frozenset[str]

    @classmethod
    def of(cls, grants: Grants, requirements: Requirements) -> Granted:
        return cls(grants, requirements.refused(grants))


def authorizer_of(authorize: Authorize | Authorizer | None) -> Authorizer:
    """The authorizer for what a gateway was made with."""
    if authorize is None:
        return Nobody()
    return authorize if isinstance(authorize, Authorizer) else _Asked(authorize)


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
