"""What a handler is given beside its payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from plugin_sdk._calls import CallKeys, read_call
from plugin_sdk._json import plain
from plugin_sdk._record import Record
from plugin_sdk.errors import ErrorDetail, MissingLink, SeveralConnections
from plugin_sdk.protocol.delivery import Cause, ConnectionRef, Delivery, LinkRef


class Link(str):
    """A link of a connection. As a string it is the opaque id of the linked object, as mutations take it, or
    the URL where it links outside.

    Attributes:
        name: the link's name.
        object_ref: `service:objType:id`, or None.
        url: the address outside, or None.
    """

    __slots__ = ("name", "object_ref", "url")
    name: str
    object_ref: str | None
    url: str | None

    @classmethod
    def of(cls, ref: LinkRef) -> Link:
        """The link of a reference on the wire."""
        link = cls(object_id(ref.object_ref) if ref.object_ref else ref.url or "")
        link.name, link.object_ref, link.url = ref.name, ref.object_ref, ref.url
        return link


class Links(Mapping[str, Link]):
    """The links of one connection by name; a name that is not there raises MissingLink."""

    def __init__(self, connection: ConnectionRef) -> None:
        self._connection_id = connection.id
        self._links = {ref.name: Link.of(ref) for ref in connection.links}

    def __getitem__(self, name: str) -> Link:
        try:
            return self._links[name]
        except KeyError:
            raise MissingLink(self._connection_id, name, tuple(self._links)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._links

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def __len__(self) -> int:
        return len(self._links)

    def __repr__(self) -> str:
        return repr(self._links)


class Connection:
    """The plugin attached to one object, as it was when the change was made.

    Attributes:
        id: `objectRef#pluginTag`.
        object_ref: `service:objType:id` of the object.
        object_id: its opaque id.
        config: what the person who connected it configured.
        links: the objects and addresses it is linked to, by name.
    """

    def __init__(self, ref: ConnectionRef) -> None:
        self.id = ref.id
        self.object_ref = ref.object_ref
        self.object_id = object_id(ref.object_ref)
        self.config: Mapping[str, Any] = MappingProxyType(dict(ref.config))
        self.links = Links(ref)

    def __repr__(self) -> str:
        return f"Connection({self.id!r})"


class Platform(Protocol):
    """What a context does outside; the worker and the test harness each have one."""

    async def call(
        self, document: str, variables: Mapping[str, Any], *, delivery_id: str, idempotency_key: str | None
    ) -> Mapping[str, Any]:
        """Run an operation and give its data; raises GraphQLFailed."""

    async def extend(self, delivery_id: str, seconds: float | None) -> bool:
        """Move the end of the lease, by its own length where no seconds are given; False where it is lost."""


class HookContext:
    """One delivery, seen by its handler.

    Attributes:
        delivery_id, hook_id, attempt, mode, seq, deadline: of the delivery; attempts count from 1 and the
            deadline is when the present lease ends, which the SDK moves on by itself.
        connections: what the delivery concerns.
        cause: what led to the change, or None.
        replay: whether someone asked for the delivery again after it had ended.
        payload_errors: the payload's fields that this plugin may not see; they are None in the payload.
    """

    def __init__(self, delivery: Delivery, platform: Platform) -> None:
        self.delivery_id = delivery.id
        self.hook_id = delivery.hook_id
        self.attempt = delivery.attempt
        self.mode = delivery.mode.lower()
        self.seq = delivery.seq
        self.deadline: datetime | None = delivery.deadline
        self.replay = delivery.replay
        self.cause: Cause | None = delivery.cause
        self.connections = tuple(Connection(ref) for ref in delivery.connections)
        self.payload_errors: tuple[ErrorDetail, ...] = delivery.forbidden
        self._platform = platform
        self._keys = CallKeys(delivery.id)

    @property
    def links(self) -> Links:
        """The links of the only connection.

        Raises:
            SeveralConnections: there is not exactly one.
        """
        return self._only("links").links

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration of the only connection; raises like `links`."""
        return self._only("config").config

    def connection(self, ref: str) -> Connection:
        """The connection with this id, or on the object with this object ref.

        Raises:
            KeyError: the delivery does not concern it.
        """
        for connection in self.connections:
            if ref in (connection.id, connection.object_ref):
                return connection
        raise KeyError(f"delivery {self.delivery_id} concerns no connection {ref!r}")

    async def graphql(self, document: str, variables: Mapping[str, Any] | None = None, label: str | None = None) -> Any:
        """Run a query or mutation as this plugin, in the name of this delivery.

        A mutation carries an idempotency key made from the delivery, its field and either `label` or how many
        times the handler has called that field before; so a handler that runs again repeats its calls without
        effect, provided it makes them in the same order. Give a label where the order can differ.
        Network errors and an unavailable platform are tried again under the same key.

        Args:
            document: one operation.
            variables: its variables; records, decimals and times are understood.
            label: tells calls of one mutation field apart.

        Returns:
            The answer's `data`, as a record. The `errors` of a mutation's payload are part of it.

        Raises:
            GraphQLFailed: the answer has top-level errors, or none came in time.
            ValueError: the document is not one query or mutation.
        """
        call = read_call(document)
        key = self._keys.key(call, label) if call.is_mutation else None
        data = await self._platform.call(
            document, plain(variables or {}), delivery_id=self.delivery_id, idempotency_key=key
        )
        return Record(data, "data")

    async def extend(self, by: timedelta | float) -> bool:
        """Ask for more time from now; the SDK does so by itself at half of each lease.

        Returns:
            False where the lease is lost: the connection has ended, nobody waits for the outcome any more, or
            another worker has the delivery by now. A long handler may as well stop then. Where the delivery was
            cancelled, because its connection has ended or its run went on without it, the handler is cancelled too
            (`asyncio.CancelledError`) when the SDK moves the lease on.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        return await self._platform.extend(self.delivery_id, seconds)

    async def heartbeat(self) -> bool:
        """Say that the handler is still at work: a lease of the same length begins now. Returns as `extend` does."""
        return await self._platform.extend(self.delivery_id, None)

    def _only(self, what: str) -> Connection:
        if len(self.connections) != 1:
            raise SeveralConnections(
                f"delivery {self.delivery_id} concerns {len(self.connections)} connections: "
                f"take {what} from one of ctx.connections"
            )
        return self.connections[0]


def object_id(object_ref: str) -> str:
    """The opaque id in `service:objType:id`; what has not that shape is given back as it is."""
    parts = object_ref.split(":", 2)
    return parts[2] if len(parts) == 3 else object_ref
