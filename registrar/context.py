"""What the registrar's resolvers may use beside engine, store and access: loaders and ports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from strawberry.types import Info

from flows.graphql.context import ServiceContext
from identity import CodedError
from registrar.directory import ObjectDirectory
from registrar.documents import ConnectionDocument, ConnectionStatus
from registrar.refs import BadObjectRef, parse_object_ref
from registrar.vault import Vault
from store import Store, VersionedDocument, translate_errors

D = TypeVar("D", bound=VersionedDocument)


@dataclass(frozen=True)
class RegistrarPorts:
    """What the registrar asks of others: whose an object is, and what its vault holds."""

    directory: ObjectDirectory
    vault: Vault


class Loaders:
    """Documents by id, and the connections of objects, read together for all that ask at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[type[VersionedDocument], DataLoader[str, Any]] = {}
        self._of_object: DataLoader[str, list[ConnectionDocument]] = DataLoader(self._read_connections)

    async def load(self, cls: type[D], id: str) -> D | None:
        """The document of that id; None where there is none, or a tombstone."""
        if cls not in self._by_id:
            self._by_id[cls] = DataLoader(self._reader(cls))
        found: D | None = await self._by_id[cls].load(id)
        return found

    async def connections_of(self, object_ref: str) -> list[ConnectionDocument]:
        """The connections of an object that stand, oldest first."""
        return await self._of_object.load(object_ref)

    def _reader(self, cls: type[D]) -> Callable[[list[str]], Awaitable[Sequence[D | None]]]:
        async def read(ids: list[str]) -> Sequence[D | None]:
            with translate_errors():
                found = await cls.get_pymongo_collection().find({"_id": {"$in": ids}}).to_list()
            # A tombstone can be a fence, where nothing was ever made: it has none of the class's fields.
            by_id = {row["_id"]: cls.model_validate(row) for row in found if not row.get("deleted")}
            return [by_id.get(id) for id in ids]

        return read

    async def _read_connections(self, refs: list[str]) -> list[list[ConnectionDocument]]:
        where: Any = {"object_ref": refs[0]} if len(refs) == 1 else {"object_ref": {"$in": refs}}
        with translate_errors():
            found = await ConnectionDocument.find(where).to_list()
        grouped: dict[str, list[ConnectionDocument]] = {ref: [] for ref in refs}
        for item in sorted(found, key=lambda item: (item.created_at, item.id)):
            if item.status is ConnectionStatus.ACTIVE and not item.deleted:
                grouped[item.object_ref].append(item)
        return [grouped[ref] for ref in refs]


class RegistrarContext(ServiceContext):
    """Strawberry's `info.context` of the registrar."""

    def refresh(self) -> None:
        """Forget what was read: before each event of a subscription, and after a mutation."""
        super().refresh()
        self.loaders = Loaders(self.store)

    def check_ref(self, ref: str) -> None:
        """Raise CodedError BAD_USER_INPUT unless plugins can be connected to such an object, of any service."""
        try:
            parse_object_ref(ref)
        except BadObjectRef as error:
            raise CodedError("BAD_USER_INPUT", f"objectRef: {error}") from error

    async def may_see_object(self, ref: str) -> bool:
        """Whether the caller may see the object; the service that it is of is asked where the registrar cannot tell.

        Raises:
            CodedError: UNAVAILABLE where that service cannot be asked.
        """
        parsed = parse_object_ref(ref)
        seen = await super().may_see_object(ref)
        if seen or parsed.service == "registrar":
            return seen
        return await self.ports.directory.owner_of(parsed, self.authorization) is not None

    @property
    def ports(self) -> RegistrarPorts:
        """The ports that the process gave."""
        ports: RegistrarPorts = self.extras
        return ports

    @property
    def authorization(self) -> str | None:
        """What the caller signed in with, to be passed on to the services that are asked for them."""
        if self.request.authorization is not None:
            return self.request.authorization
        given = {str(key).lower(): value for key, value in (self.connection_params or {}).items()}
        value = given.get("authorization")
        return value if isinstance(value, str) else None


RegistrarInfo = Info[RegistrarContext, None]
