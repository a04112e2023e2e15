"""Mutations of roles; they need the role OWNER on the object."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from identity import Role
from registrar.context import RegistrarInfo
from registrar.flows.roles import GRANT_ROLE, REVOKE_ROLE, GrantRole, RevokeRole, role_refusals
from registrar.mutations.shared import owner_errors, result_of, run_flow, user_errors
from registrar.types.fields import described
from registrar.types.user import User


@strawberry.input
class GrantRoleInput:
    object_ref: str
    user_id: strawberry.ID
    role: Role
    idempotency_key: str | None = None


@strawberry.type
class GrantRolePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    user: User | None = None
    object_ref: str | None = None
    role: Role | None = None


@strawberry.input
class RevokeRoleInput:
    object_ref: str
    user_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.type
class RevokeRolePayload:
    errors: list[UserError]
    run: FlowRun | None = None
    user: User | None = None
    object_ref: str | None = None


@strawberry.type
class RoleMutations:
    @described("Give a user a role on a business, seller, company or organization, in place of one they had.")
    async def grant_role(self, info: RegistrarInfo, input: GrantRoleInput) -> GrantRolePayload:
        if errors := await _refused(info, input.object_ref, input.user_id):
            return GrantRolePayload(errors=errors)
        params = GrantRole(input.object_ref, input.user_id, input.role.value)
        outcome = await run_flow(info, GRANT_ROLE, params, input.idempotency_key)
        done = result_of(outcome, "userId") is not None
        return GrantRolePayload(
            run=outcome.run,
            errors=outcome.errors,
            user=User(id=input.user_id) if done else None,
            object_ref=input.object_ref if done else None,
            role=input.role if done else None,
        )

    @described("Take a user's role away.")
    async def revoke_role(self, info: RegistrarInfo, input: RevokeRoleInput) -> RevokeRolePayload:
        if errors := await _refused(info, input.object_ref, input.user_id):
            return RevokeRolePayload(errors=errors)
        params = RevokeRole(input.object_ref, input.user_id)
        outcome = await run_flow(info, REVOKE_ROLE, params, input.idempotency_key)
        done = result_of(outcome, "userId") is not None
        return RevokeRolePayload(
            run=outcome.run,
            errors=outcome.errors,
            user=User(id=input.user_id) if done else None,
            object_ref=input.object_ref if done else None,
        )


async def _refused(info: RegistrarInfo, object_ref: str, user_id: str) -> list[UserError]:
    info.context.access.require_signed_in()
    if refusals := role_refusals(object_ref, user_id):
        return user_errors(refusals)
    return await owner_errors(info, object_ref, "objectRef")
