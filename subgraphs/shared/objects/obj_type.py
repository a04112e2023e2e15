"""Declarations of objTypes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows.schema import FlowDefinitionError, StepContext
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.entity import Entity
from subgraphs.shared.objects.values import Kind

ACTIONS = ("create", "update", "delete")


@dataclass(frozen=True)
class Field:
    """A field of an objType, which its document has under the same name.

    Args:
        name: as in the document, `snake_case`.
        required: whether it must be given when an object is made, and can never be null.
        updatable: whether it can be changed later.
    """

    name: str
    kind: Kind
    required: bool = True
    updatable: bool = True


@dataclass(frozen=True)
class Owner:
    """Whose an object is.

    Args:
        document: the owner's class.
        field: the document's field that holds the owner's id.
    """

    document: type[OwnedDocument]
    field: str


@dataclass(frozen=True)
class ObjType:
    """An objType of a service. Its flows `create…`, `update…` and `delete…` are generated, those apart that are written
    by hand or left out.

    Args:
        document: its class; `obj_type` names it, `service` and `resource` decide who may write.
        entity: its GraphQL type.
        fields: what a caller gives.
        owner: None where it owns itself; then the user who makes it becomes its OWNER.
        connectable: whether plugins can be connected to it; else the hooks are about its owner.
        without: flows that it must not have.

    Raises:
        FlowDefinitionError: a field is none of the document's, or a flow to leave out is none of the three.
    """

    document: type[OwnedDocument]
    entity: type[Entity]
    fields: tuple[Field, ...]
    owner: Owner | None = None
    connectable: bool = False
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := self.without.difference(ACTIONS):
            said = ", ".join(sorted(unknown))
            raise FlowDefinitionError(f"objType {self.name!r}: without {said}; there are {', '.join(ACTIONS)}")
        names = [item.name for item in self.fields] + ([] if self.owner is None else [self.owner.field])
        for name in names:
            if name not in self.document.model_fields:
                raise FlowDefinitionError(f"objType {self.name!r}: {self.document.__name__} has no field {name!r}")

    @property
    def name(self) -> str:
        """`Warehouse`."""
        return self.document.obj_type

    @property
    def service(self) -> str:
        """The tag of its service."""
        return self.document.service

    @property
    def variable(self) -> str:
        """The name as a field or parameter begins: `warehouse`."""
        return self.name[0].lower() + self.name[1:]

    @property
    def id_field(self) -> str:
        """The parameter that names an object: `warehouse_id`, `sell_offer_id`."""
        return "".join(f"_{char.lower()}" if char.isupper() else char for char in self.variable) + "_id"

    @property
    def targets(self) -> tuple[str, ...]:
        """objTypes whose connections its hooks are told to."""
        own = (self.name,) if self.connectable else ()
        return (*own, self.owner.document.obj_type) if self.owner else own or ("User",)

    def refs(self, document: OwnedDocument) -> list[str]:
        """Refs of the objects that a hook about this document is about."""
        own = [document.object_ref] if self.connectable else []
        return [*own, document.owner_ref] if self.owner else own

    def new_id(self, ctx: StepContext[Any]) -> str:
        """The id of the object that a run makes."""
        return ctx.new_id(self.name)
