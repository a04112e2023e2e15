"""Who creates a business, seller, company or organization is its OWNER."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.schema import Change, StepContext, Unchanged, WriteStep
from identity import PrincipalKind, Role, RoleDocument, role_id


def grant_owner_step(object_ref: Callable[[StepContext[Any]], str], tag: str = "owner") -> WriteStep[Any, RoleDocument]:
    """A step that makes the user who submitted the run the OWNER of the object that an earlier step created.

    Args:
        object_ref: the created object's ref. Plugins and admins without a user of their own own nothing.
    """

    def subject(ctx: StepContext[Any]) -> str:
        return role_id(object_ref(ctx), ctx.principal.id)

    async def change(ctx: StepContext[Any], role: RoleDocument | None) -> Change | Unchanged:
        if ctx.principal.kind is not PrincipalKind.USER or role is not None:
            return Unchanged()
        ref = object_ref(ctx)
        document = RoleDocument(
            id=subject(ctx), object_ref=ref, user_id=ctx.principal.id, role=Role.OWNER, created_at=ctx.now
        )
        return Change(document)

    return WriteStep(tag=tag, document=RoleDocument, subject=subject, change=change, refuses=False)
