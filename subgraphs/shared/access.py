"""Who may see and change what.

What a caller may not see does not exist for them: null in queries and `NOT_FOUND` in mutations. Only a hook's
payload tells the two apart (null with `FORBIDDEN`), because the plugin was told of the object already.
"""

from __future__ import annotations

from typing import TypeVar

from flows.graphql.types import UserError
from identity import CodedError, PrincipalKind
from store import read_document
from subgraphs.shared.checks import is_id
from subgraphs.shared.context import SubgraphContext
from subgraphs.shared.documents import OwnedDocument

D = TypeVar("D", bound=OwnedDocument)


async def find(context: SubgraphContext, cls: type[D], id: object) -> D | None:
    """The document of that id if it exists and the caller may see it; UNAUTHENTICATED without a token."""
    context.access.require_signed_in()
    document = await context.loaders.load(cls, id)
    return document if document is not None and await may_read(context, document) else None


async def find_live(context: SubgraphContext, cls: type[D], id: object) -> D | None:
    """The document of that id for a hook's payload; None where it is gone.

    Raises:
        CodedError: FORBIDDEN where it is there but the plugin may not see it.
    """
    document = await context.loaders.load(cls, id)
    if document is not None and not await may_read(context, document):
        raise CodedError("FORBIDDEN", f"{cls.permission('read')} is not granted on {document.object_ref}.")
    return document


async def may_read(context: SubgraphContext, document: OwnedDocument) -> bool:
    """Whether the caller may see the document."""
    if document.open_to(context.principal):
        return True
    return await context.access.may(document.permission("read"), document.owner_ref, document.object_ref)


async def may_list(context: SubgraphContext, owner: OwnedDocument | None, cls: type[OwnedDocument]) -> bool:
    """Whether the caller may see all documents of a class that `owner` owns."""
    if cls.open_to_users and context.principal.kind is PrincipalKind.USER:
        return owner is not None
    return owner is not None and await context.access.may(cls.permission("read"), owner.owner_ref)


async def refuse_write(
    context: SubgraphContext,
    cls: type[OwnedDocument],
    id: str,
    field: str,
    *,
    writes: type[OwnedDocument] | None = None,
) -> list[UserError]:
    """NOT_FOUND for a payload's errors where the caller may not see the document; empty where they may write.

    Tombstones count: a repeated mutation attaches to its first run, whatever was deleted since, and a new one
    is refused by its flow.

    Args:
        context: of the request.
        cls: the class of the document that the input names.
        id: its id.
        field: the input field that names it.
        writes: the class of what is written where that is something new under the named document.

    Raises:
        CodedError: FORBIDDEN where the caller may see it but not change it; UNAUTHENTICATED without a token.
    """
    context.access.require_signed_in()
    document = await read_document(cls, id, context.engine.parts.grouped) if is_id(id) else None
    if document is not None and document.was_made:
        permission = (writes or cls).permission("write")
        try:
            await context.access.require(permission, document.owner_ref, document.object_ref)
        except CodedError as error:
            if error.code != "NOT_FOUND":
                raise
            if document.open_to(context.principal):
                message = f"You may read {document.object_ref}, but lack {permission!r} on it."
                raise CodedError("FORBIDDEN", message) from error
        else:
            return []
    return [not_found(field)]


def require_user(context: SubgraphContext) -> None:
    """Only people make what has an OWNER.

    Raises:
        CodedError: UNAUTHENTICATED without a token, FORBIDDEN for a plugin.
    """
    context.access.require_signed_in()
    if context.principal.kind is not PrincipalKind.USER:
        raise CodedError("FORBIDDEN", "Only a user can make this, because its maker becomes its OWNER.")


def not_found(field: str) -> UserError:
    """The error for an id that names nothing which the caller may see."""
    return UserError(code="NOT_FOUND", message=f"{field} names nothing that you may see.", field=[field])
