"""Who may see and change what: one loader for each document class of a request, and the checks around them.

What a caller may not see does not exist for them: null in queries and `NOT_FOUND` in mutations. Only a hook's payload
tells the two apart (null with `FORBIDDEN`), because the plugin was told of the object already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from strawberry.dataloader import DataLoader

from flows.graphql.types import UserError
from identity import Access, CodedError
from store import VersionedDocument


class OwnedDocument(Protocol):
    """A document with the refs that rights are decided by."""

    @property
    def id(self) -> str: ...

    @property
    def object_ref(self) -> str: ...

    @property
    def owner_ref(self) -> str: ...


D = TypeVar("D", bound=VersionedDocument)
O = TypeVar("O", bound=OwnedDocument)  # noqa: E741


class Loaders:
    """The DataLoaders of one request: documents of one class asked for together are read together."""

    def __init__(self) -> None:
        self._loaders: dict[type[VersionedDocument], DataLoader[str, Any]] = {}

    async def load(self, cls: type[D], id: str | None) -> D | None:
        """The document, or None where there is none or it was deleted."""
        if id is None:
            return None
        loader = self._loaders.get(cls)
        if loader is None:
            loader = self._loaders[cls] = DataLoader(load_fn=_reader(cls))
        document: D | None = await loader.load(id)
        return document

    def forget(self) -> None:
        """Read anew from now on; called after a mutation."""
        self._loaders.clear()


def _reader(cls: type[D]) -> Any:
    async def read(ids: list[str]) -> Sequence[D | None]:
        found = {document.id: document async for document in cls.find({"_id": {"$in": ids}})}
        return [document if document and not document.deleted else None for document in map(found.get, ids)]

    return read


async def visible(access: Access, permission: str, document: O | None) -> O | None:
    """The document if the caller may see it."""
    if document is None or not await access.may(permission, document.owner_ref, document.object_ref):
        return None
    return document


async def readable(access: Access, permission: str, document: O | None) -> O | None:
    """The document, for a hook's payload.

    Raises:
        CodedError: FORBIDDEN where it is there but the plugin may not see it.
    """
    if document is not None and await visible(access, permission, document) is None:
        raise CodedError("FORBIDDEN", f"{permission} is not granted on {document.object_ref}.")
    return document


async def refuse_write(
    access: Access, resource: str, document: OwnedDocument | None, field: str, *, under: bool = False
) -> list[UserError]:
    """NOT_FOUND as a payload's errors where the caller may not see the document; empty where they may write.

    Args:
        access: the caller's rights.
        resource: the permission without its last part, such as `commerce.goods`.
        document: the object named in the input, or None.
        field: the input field that names it.
        under: the write makes something under this object, so its own connections do not matter.

    Raises:
        CodedError: FORBIDDEN where the caller may see it but not change it; UNAUTHENTICATED without a token.
    """
    access.require_signed_in()
    if document is not None:
        try:
            ref = None if under else document.object_ref
            await access.require(f"{resource}.write", document.owner_ref, ref)
        except CodedError as error:
            if error.code != "NOT_FOUND":
                raise
        else:
            return []
    return [not_found(field)]


def not_found(field: str) -> UserError:
    """The error for an id that names nothing the caller may see."""
    return UserError(code="NOT_FOUND", message=f"{field} names nothing that you may see.", field=[field])
