"""What every entity type does alike: it is found by its id, with the caller's rights."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from flows.graphql.selection import asks_for
from subgraphs.shared.access import find, find_live
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.documents import OwnedDocument


class Entity:
    """Base of the GraphQL types that are made of one document.

    Attributes:
        documents: the class of those documents.
    """

    documents: ClassVar[type[OwnedDocument]]

    @classmethod
    def of(cls, document: Any) -> Self:
        """The GraphQL object that shows the document."""
        raise NotImplementedError(f"{cls.__name__} does not say how it is made of a document")

    @classmethod
    async def resolve_reference(cls, info: SubgraphInfo, id: str) -> Self | None:
        """The object of that id, for queries and other subgraphs; None where the caller may not see it."""
        document = await find(info.context, cls.documents, id)
        return cls.of(document) if document else None

    @classmethod
    async def shown(cls, info: SubgraphInfo, field: str, id: str) -> Self | None:
        """The object of that id for that field of a mutation's payload; not looked for where nobody asks for it."""
        return await cls.resolve_reference(info, id) if asks_for(info, field) else None

    @classmethod
    async def live(cls, info: SubgraphInfo, id: str | None) -> Self | None:
        """The object that a hook's payload names, as it is now; None where it is gone.

        Raises:
            CodedError: FORBIDDEN where it is there but the plugin may not see it.
        """
        document = await find_live(info.context, cls.documents, id)
        return cls.of(document) if document else None
