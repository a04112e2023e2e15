"""`grantRole` and `revokeRole`: who else may do what on an object that owns itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from identity import Role, RoleDocument, role_id
from registrar.refs import BadObjectRef, parse_object_ref

_USER = re.compile(r"[^\s#]{1,200}\Z")


@dataclass(frozen=True)
class GrantRole:
    """What the caller gave."""

    object_ref: str
    user_id: str
    role: str


@dataclass(frozen=True)
class RevokeRole:
    """What the caller gave."""

    object_ref: str
    user_id: str


def role_refusals(object_ref: str, user_id: str) -> list[Refusal]:
    """Roles are on objects that own themselves, and of users."""
    refusals: list[Refusal] = []
    try:
        ref = parse_object_ref(object_ref)
    except BadObjectRef as error:
        refusals.append(Refusal("BAD_OBJECT_REF", str(error), ("objectRef",)))
    else:
        if not ref.type.owns_itself or ref.obj_type == "User":
            message = f"There are no roles on a {ref.obj_type}, only on a Business, Seller, Company or Organization."
            refusals.append(Refusal("BAD_OBJECT_REF", message, ("objectRef",)))
    if not _USER.match(user_id):
        refusals.append(Refusal("BAD_USER", f"{user_id[:80]!r} cannot be the id of a user.", ("userId",)))
    return refusals


async def grant(ctx: StepContext[GrantRole], role: RoleDocument | None) -> Change | Unchanged | Refusal:
    """Write the role; it stands in the place of one that the user had."""
    params = ctx.params
    result = {"objectRef": params.object_ref, "userId": params.user_id}
    if role is not None and role.role == params.role:
        return Unchanged(result=result)
    if role is not None:
        return Change(role.model_copy(update={"role": Role(params.role)}), result=result)
    made = RoleDocument(
        id=role_id(params.object_ref, params.user_id),
        created_at=ctx.now,
        object_ref=params.object_ref,
        user_id=params.user_id,
        role=Role(params.role),
    )
    return Change(made, result=result)


async def revoke(ctx: StepContext[RevokeRole], role: RoleDocument | None) -> Change | Unchanged | Refusal:
    """Take the role away."""
    params = ctx.params
    if role is None:
        message = f"User {params.user_id!r} has no role on {params.object_ref}."
        return Refusal("NOT_FOUND", message, ("userId",))
    result = {"objectRef": params.object_ref, "userId": params.user_id}
    return Change(role.model_copy(update={"deleted": True}), result=result)


GRANT_ROLE = Flow(
    tag="grantRole",
    params=GrantRole,
    object_refs=lambda params: [params.object_ref],
    check=lambda params: role_refusals(params.object_ref, params.user_id),
    steps=(
        WriteStep(
            document=RoleDocument,
            subject=lambda ctx: role_id(ctx.params.object_ref, ctx.params.user_id),
            change=grant,
        ),
    ),
)

REVOKE_ROLE = Flow(
    tag="revokeRole",
    params=RevokeRole,
    object_refs=lambda params: [params.object_ref],
    check=lambda params: role_refusals(params.object_ref, params.user_id),
    steps=(
        WriteStep(
            document=RoleDocument,
            subject=lambda ctx: role_id(ctx.params.object_ref, ctx.params.user_id),
            change=revoke,
        ),
    ),
)
