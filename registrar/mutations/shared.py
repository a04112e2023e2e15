"""From a mutation's input to its run, and what is refused before there is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flows.graphql.context import RunOutcome, submit
from flows.graphql.types import UserError
from flows.schema import Flow, P, Refusal
from identity import CodedError
from registrar.context import RegistrarInfo
from registrar.refs import BadObjectRef, ObjectRef, parse_object_ref


async def run_flow(info: RegistrarInfo, flow: Flow[P], params: P, idempotency_key: str | None) -> RunOutcome:
    """Submit the flow; what was read before is forgotten, so the payload shows what is stored now."""
    outcome = await submit(info, flow, params, idempotency_key)
    info.context.refresh()
    return outcome


def result_of(outcome: RunOutcome, name: str, step: str = "commit") -> Any:
    """A value in the result of a step; None where the run has not done that step."""
    return (outcome.results.get(step) or {}).get(name)


def user_errors(refusals: Iterable[Refusal]) -> list[UserError]:
    """Refusals as a payload's errors."""
    return [UserError(code=item.code, message=item.message, field=list(item.field) or None) for item in refusals]


def not_found(*field: str) -> UserError:
    """The error for an input that names nothing which the caller may see."""
    return UserError(code="NOT_FOUND", message=f"{field[-1]} names nothing that you may see.", field=list(field))


async def owner_errors(info: RegistrarInfo, owner_ref: str, *field: str) -> list[UserError]:
    """NOT_FOUND for a caller without a role on the owner; empty for its OWNER and for admins.

    Raises CodedError FORBIDDEN for a caller with a lesser role.
    """
    try:
        await info.context.access.require_owner(owner_ref)
    except CodedError as error:
        if error.code != "NOT_FOUND":
            raise
        return [not_found(*field)]
    return []


def read_ref(text: str, *field: str) -> ObjectRef | UserError:
    """The parts of an object ref, or what is wrong with it."""
    try:
        return parse_object_ref(text)
    except BadObjectRef as error:
        return UserError(code="BAD_OBJECT_REF", message=str(error), field=list(field))
