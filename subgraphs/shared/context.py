"""The context of a service's resolvers: beside engine and rights, a loader for each document class."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, TypeVar

from strawberry.dataloader import DataLoader
from strawberry.types import Info

from flows.graphql.context import ServiceContext
from flows.ids import split_ref
from identity import CodedError
from store import Grouped, VersionedDocument, collection_of, read_document
from subgraphs.shared.checks import is_id
from subgraphs.shared.documents import OwnedDocument

D = TypeVar("D", bound=VersionedDocument)


class Loaders:
    """The DataLoaders of one request: documents of one class asked for together are read together.

    Args:
        grouped: lets requests that come at the same time share a command.
    """

    def __init__(self, grouped: Grouped) -> None:
        self._grouped = grouped
        self._loaders: dict[type[VersionedDocument], DataLoader[str, Any]] = {}

    async def load(self, cls: type[D], id: object) -> D | None:
        """The document, or None where there is none, where it was deleted, or where `id` cannot be an id."""
        if not is_id(id):
            return None
        document: D | None = await self._of(cls).load(id)
        return document

    async def load_many(self, cls: type[D], ids: Sequence[str]) -> list[D | None]:
        """The documents in the order of their ids, by one read."""
        documents: list[D | None] = await self._of(cls).load_many(ids)
        return documents

    def _of(self, cls: type[D]) -> DataLoader[str, Any]:
        if cls not in self._loaders:
            self._loaders[cls] = DataLoader(load_fn=_reader(cls, self._grouped))
        return self._loaders[cls]


def _reader(cls: type[D], grouped: Grouped) -> Callable[[list[str]], Awaitable[Sequence[D | None]]]:
    async def read(ids: list[str]) -> Sequence[D | None]:
        found = await grouped.finds(collection_of(cls)).find_each(ids)
        return [cls.model_validate(rows[0]) if rows and not rows[0].get("deleted") else None for rows in found]

    return read


class SubgraphContext(ServiceContext):
    """Strawberry's `info.context` of Commerce, Market, Supply and Accounting.

    Attributes:
        documents: the classes of the service's objects; each service names its own.
    """

    documents: ClassVar[Sequence[type[VersionedDocument]]] = ()

    def refresh(self) -> None:
        """Forget what was read: before each event of a subscription, and after a mutation."""
        super().refresh()
        self.loaders = Loaders(self.engine.parts.grouped)

    def check_ref(self, ref: str) -> None:
        """Raise CodedError BAD_USER_INPUT unless the ref is of an objType that this service has."""
        super().check_ref(ref)
        _, obj_type, _ = split_ref(ref)
        known = self._owned()
        if obj_type not in known:
            named = ", ".join(sorted(known))
            raise CodedError("BAD_USER_INPUT", f"objectRef: {self.engine.service} has no {obj_type}; it has {named}")

    async def may_see_object(self, ref: str) -> bool:
        """Whether there is or was such an object, and the caller may see it."""
        _, obj_type, id = split_ref(ref)
        cls = self._owned()[obj_type]
        document = await read_document(cls, id, self.engine.parts.grouped)
        if document is None or not document.was_made:
            return False
        return (
            document.open_to(self.principal)
            or await self.access.may(cls.permission("read"), document.owner_ref, document.object_ref)
            or await self.access.may_see_object(ref)
        )

    def _owned(self) -> dict[str, type[OwnedDocument]]:
        """The classes of what has an object ref, by objType."""
        return {cls.obj_type: cls for cls in self.documents if issubclass(cls, OwnedDocument)}


SubgraphInfo = Info[SubgraphContext, None]
