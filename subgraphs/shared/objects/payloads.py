"""Payload types of the hooks of generated flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import strawberry

from flows.ids import hook_id, payload_type_name
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.objects.obj_type import ObjType


def graphql_name(obj_type: ObjType, name: str) -> str:
    """A type name that no other service has."""
    return f"{obj_type.service[0].upper()}{obj_type.service[1:]}{obj_type.name}{name}"


@dataclass(frozen=True)
class Payloads:
    """What the hooks of one objType's flows are told; its `values` type has the declared fields."""

    obj_type: ObjType
    values: type[Any]

    @classmethod
    def of(cls, obj_type: ObjType) -> Payloads:
        """The types of an objType."""
        annotations = {
            item.name: item.kind.output if item.required else item.kind.output | None for item in obj_type.fields
        }
        made = type(graphql_name(obj_type, "Values"), (), {"__annotations__": annotations})
        return cls(obj_type, strawberry.type(made, description=f"The values of a {obj_type.name} at one moment."))

    def shown(self, document: OwnedDocument) -> Any:
        """The values of a document."""
        given = {}
        for item in self.obj_type.fields:
            value = getattr(document, item.name)
            given[item.name] = None if value is None else item.kind.to_output(value)
        return self.values(**given)

    def make(self, flow: str, step: str, hook: str, description: str, *sides: str, live: bool = True) -> type[Any]:
        """The payload of one hook: the object's id, its values on these sides, and where it is there the object."""
        id_field = self.obj_type.id_field
        annotations: dict[str, Any] = {id_field: strawberry.ID, **dict.fromkeys(sides, self.values)}
        members: dict[str, Any] = {"__annotations__": annotations}
        if self.obj_type.owner is not None:
            annotations[self.obj_type.owner.field] = strawberry.ID
        if live:
            members[id_field.removesuffix("_id")] = strawberry.field(resolver=self._live())
        name = payload_type_name(hook_id(self.obj_type.service, flow, step, hook))
        return strawberry.type(type(name, (), members), description=description)

    def fill(self, payload: type[Any], document: OwnedDocument, **sides: OwnedDocument) -> Any:
        """The payload about a document."""
        given: dict[str, Any] = {self.obj_type.id_field: strawberry.ID(document.id)}
        if self.obj_type.owner is not None:
            given[self.obj_type.owner.field] = strawberry.ID(getattr(document, self.obj_type.owner.field))
        return payload(**given, **{name: self.shown(item) for name, item in sides.items()})

    def _live(self) -> Any:
        entity, id_field = self.obj_type.entity, self.obj_type.id_field

        async def live(self: Any, info: Any) -> Any:
            return await entity.live(info, getattr(self, id_field))

        live.__annotations__ = {"info": SubgraphInfo, "return": entity | None}
        return live
