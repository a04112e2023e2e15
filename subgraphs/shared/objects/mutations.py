"""Mutations of generated flows: `createX`, `updateX` and `deleteX` for each that is not written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import strawberry
from pydantic.alias_generators import to_camel
from strawberry import UNSET
from strawberry.tools import merge_types

from flows.graphql.types import FlowRun, UserError
from flows.schema import Flow
from subgraphs.shared.access import refuse_write, require_user
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.objects.obj_type import ACTIONS, ObjType
from subgraphs.shared.objects.params import GIVEN
from subgraphs.shared.outcome import result_id, run_flow

SAID = {"create": "Make a {0}.", "update": "Change a {0}; what is not given stays.", "delete": "Delete a {0}."}


def with_generated(mutation: type[Any], obj_types: Iterable[ObjType], flows: Iterable[Flow[Any]]) -> type[Any]:
    """The mutation type with a field for each flow that the service generates.

    Args:
        mutation: the mutations written by hand.
        flows: all flows of the service.
    """
    by_tag = {flow.tag: flow for flow in flows}
    taken = {field.name for field in mutation.__strawberry_definition__.fields}
    fields: dict[str, Any] = {}
    for obj_type in obj_types:
        for action in ACTIONS:
            tag = f"{action}{obj_type.name}"
            name = f"{action}_{obj_type.id_field.removesuffix('_id')}"
            if action not in obj_type.without and name not in taken and tag in by_tag:
                fields[name] = _Mutation(obj_type, action, by_tag[tag]).field()
    if not fields:
        return mutation
    generated = strawberry.type(type("GeneratedMutation", (), {**fields, "__annotations__": {}}))
    return merge_types("Mutation", (mutation, generated))


class _Mutation:
    """One generated mutation."""

    def __init__(self, obj_type: ObjType, action: str, flow: Flow[Any]) -> None:
        self.obj_type = obj_type
        self.action = action
        self.flow = flow

    def field(self) -> Any:
        """The field of the mutation type."""
        kind, payload = self.obj_type, self._payload()

        async def resolve(info: Any, input: Any) -> Any:
            if errors := await self._refused(info, input):
                return payload(errors=errors)
            outcome = await run_flow(info, self.flow, self._params(input), input.idempotency_key)
            given: dict[str, Any] = {"run": outcome.run, "errors": outcome.errors}
            if self.action == "delete":
                given[kind.id_field] = result_id(outcome, to_camel(kind.id_field))
            else:
                shown = kind.id_field.removesuffix("_id")
                id = result_id(outcome, to_camel(kind.id_field))
                given[shown] = await kind.entity.shown(info, to_camel(shown), id)
            return payload(**given)

        resolve.__annotations__ = {"info": SubgraphInfo, "input": self._input(), "return": payload}
        return strawberry.mutation(resolver=resolve, description=SAID[self.action].format(kind.name))

    async def _refused(self, info: Any, input: Any) -> list[UserError]:
        kind = self.obj_type
        if self.action != "create":
            id = getattr(input, kind.id_field)
            return await refuse_write(info.context, kind.document, id, to_camel(kind.id_field))
        if kind.owner is None:
            require_user(info.context)
            return []
        field = kind.owner.field
        return await refuse_write(
            info.context, kind.owner.document, getattr(input, field), to_camel(field), writes=kind.document
        )

    def _params(self, input: Any) -> Any:
        kind, values = self.obj_type, {}
        for item in kind.fields:
            value = getattr(input, item.name, UNSET)
            if value is not UNSET:
                values[item.name] = None if value is None else item.kind.to_param(value)
        if self.action == "create":
            owner = {} if kind.owner is None else {kind.owner.field: getattr(input, kind.owner.field)}
            return self.flow.params(**owner, **values)
        named = {kind.id_field: getattr(input, kind.id_field)}
        return self.flow.params(**named, **values, **({GIVEN: list(values)} if self.action == "update" else {}))

    def _input(self) -> type[Any]:
        kind = self.obj_type
        annotations: dict[str, Any] = {}
        members: dict[str, Any] = {"__annotations__": annotations, "idempotency_key": None}
        if self.action != "create":
            annotations[kind.id_field] = strawberry.ID
        elif kind.owner is not None:
            annotations[kind.owner.field] = strawberry.ID
        for item in kind.fields if self.action != "delete" else ():
            if self.action == "update" and not item.updatable:
                continue
            must = self.action == "create" and item.required
            annotations[item.name] = item.kind.input if must else item.kind.input | None
            if not must:
                members[item.name] = UNSET
        annotations["idempotency_key"] = str | None
        return strawberry.input(type(f"{self._name()}Input", (), members))

    def _payload(self) -> type[Any]:
        kind = self.obj_type
        shown = kind.id_field if self.action == "delete" else kind.id_field.removesuffix("_id")
        annotations: dict[str, Any] = {
            "errors": list[UserError],
            "run": FlowRun | None,
            shown: (strawberry.ID if self.action == "delete" else kind.entity) | None,
        }
        members = {"__annotations__": annotations, "run": None, shown: None}
        return strawberry.type(type(f"{self._name()}Payload", (), members))

    def _name(self) -> str:
        return f"{self.action.title()}{self.obj_type.name}"
