"""Object refs, and which types can be connected to (contract: conventions)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.ids import split_ref

TAG = re.compile(r"[a-z][A-Za-z0-9]{0,62}\Z")
"""A service's, flow's, step's, hook's or plugin's tag: no underscore, since tags are joined by underscores."""


@dataclass(frozen=True)
class ConnectableType:
    """A type whose objects plugins can be connected to.

    Attributes:
        permission: what a caller needs to see such an object.
        open_to_users: whether every signed-in user sees them (contract: offers).
        owns_itself: whether its own roles decide over it.
    """

    service: str
    name: str
    permission: str
    open_to_users: bool = False
    owns_itself: bool = False


CONNECTABLE: dict[str, ConnectableType] = {
    item.name: item
    for item in (
        ConnectableType("commerce", "Business", "commerce.businesses.read", owns_itself=True),
        ConnectableType("commerce", "Good", "commerce.goods.read"),
        ConnectableType("market", "Seller", "market.sellers.read", owns_itself=True),
        ConnectableType("market", "SellOffer", "market.offers.read", open_to_users=True),
        ConnectableType("supply", "Company", "supply.companies.read", owns_itself=True),
        ConnectableType("supply", "Item", "supply.items.read"),
        ConnectableType("accounting", "Organization", "accounting.organizations.read", owns_itself=True),
        ConnectableType("registrar", "User", "registrar.connections.read", owns_itself=True),
    )
}


class BadObjectRef(ValueError):
    """A text that is no ref of a connectable object; the message says why."""


@dataclass(frozen=True)
class ObjectRef:
    """`service:objType:id` in its parts."""

    service: str
    obj_type: str
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.obj_type}:{self.id}"

    @property
    def type(self) -> ConnectableType:
        """What is known of its type."""
        return CONNECTABLE[self.obj_type]


def parse_object_ref(text: str) -> ObjectRef:
    """The parts of the ref of a connectable object; raises BadObjectRef otherwise."""
    try:
        service, name, id = split_ref(text)
    except ValueError as error:
        raise BadObjectRef(str(error)) from error
    known = CONNECTABLE.get(name)
    if known is None or known.service != service:
        allowed = ", ".join(f"{item.service}:{item.name}" for item in CONNECTABLE.values())
        raise BadObjectRef(f"{service}:{name} cannot be connected to; these can: {allowed}.")
    return ObjectRef(service, name, id)


def connection_id(object_ref: str, plugin_tag: str) -> str:
    """The one connection of that plugin to that object."""
    return f"{object_ref}#{plugin_tag}"
