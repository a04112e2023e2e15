"""The flows that are generated for an objType: create, update and delete, each with its hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from flows.assembly import CHANGED
from flows.ownership import grant_owner_step
from flows.schema import (
    Change,
    Decision,
    Flow,
    Hook,
    HookCall,
    Refusal,
    Step,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from identity import user_ref
from subgraphs.shared.documents import OwnedDocument
from subgraphs.shared.objects.obj_type import ObjType
from subgraphs.shared.objects.params import (
    GIVEN,
    check_create,
    check_update,
    create_params,
    delete_params,
    update_params,
)
from subgraphs.shared.objects.payloads import Payloads


def generated_flows(obj_types: Iterable[ObjType]) -> tuple[Flow[Any], ...]:
    """The flows of these objTypes, those left out that they must not have."""
    flows: list[Flow[Any]] = []
    for obj_type in obj_types:
        made = Generated(obj_type, Payloads.of(obj_type))
        for action, make in (("create", made.create), ("update", made.update), ("delete", made.delete)):
            if action not in obj_type.without:
                flows.append(make())
    return tuple(flows)


@dataclass(frozen=True)
class Generated:
    """Makes the flows of one objType."""

    obj_type: ObjType
    payloads: Payloads

    def create(self) -> Flow[Any]:
        """A new object; one that owns itself has its maker as OWNER."""
        kind, tag = self.obj_type, f"create{self.obj_type.name}"
        about = f"A new {kind.name}"
        before = self.payloads.make(
            tag, "validate", "beforeCreate", f"{about} is about to be made.", "after", live=False
        )
        after = self.payloads.make(tag, "commit", "created", f"{about} was made.", "after")

        async def calls(ctx: StepContext[Any], found: OwnedDocument | None) -> Mapping[str, HookCall] | Refusal:
            if refused := await self._ownerless(ctx):
                return refused
            made = self._made(ctx)
            return {"beforeCreate": HookCall(self._targets(ctx, made), self.payloads.fill(before, made, after=made))}

        async def change(ctx: StepContext[Any], found: OwnedDocument | None) -> Decision:
            if refused := await self._ownerless(ctx):
                return refused
            made = self._made(ctx)
            call = HookCall(self._targets(ctx, made), self.payloads.fill(after, made, after=made))
            return Change(made, self._result(made.id, True), {"created": call}, [made.object_ref])

        steps: list[Step] = [
            ValidateStep(calls, (Hook("beforeCreate", kind.targets, before),)),
            WriteStep(kind.document, kind.new_id, change, (Hook("created", kind.targets, after),)),
        ]
        if kind.owner is None:
            steps.append(grant_owner_step(lambda ctx: self._made(ctx).object_ref))
        return Flow(
            tag, create_params(kind), tuple(steps), object_refs=self._owner_refs, check=check_create(self.obj_type)
        )

    def update(self) -> Flow[Any]:
        """Other values for some fields; values that the object has already change nothing."""
        kind, tag = self.obj_type, f"update{self.obj_type.name}"
        sides = ("before", "after")
        before = self.payloads.make(tag, "validate", "beforeUpdate", f"A {kind.name} is about to be changed.", *sides)
        after = self.payloads.make(tag, "commit", "updated", f"A {kind.name} was changed.", *sides)

        async def calls(ctx: StepContext[Any], found: OwnedDocument | None) -> Mapping[str, HookCall] | Refusal:
            if found is None:
                return self._missing()
            new = self._updated(ctx.params, found)
            if new == found:
                return {}
            payload = self.payloads.fill(before, found, before=found, after=new)
            return {"beforeUpdate": HookCall(self._targets(ctx, found), payload)}

        async def change(ctx: StepContext[Any], found: OwnedDocument | None) -> Decision:
            if found is None:
                return self._missing()
            new = self._updated(ctx.params, found)
            if new == found:
                return Unchanged(self._result(found.id, False))
            call = HookCall(self._targets(ctx, found), self.payloads.fill(after, found, before=found, after=new))
            return Change(new, self._result(found.id, True), {"updated": call})

        hooks = (Hook("beforeUpdate", kind.targets, before), Hook("updated", kind.targets, after))
        return self._of_one(tag, update_params(kind), calls, change, *hooks, check_update(kind))

    def delete(self) -> Flow[Any]:
        """The object becomes a tombstone."""
        kind, tag = self.obj_type, f"delete{self.obj_type.name}"
        before = self.payloads.make(tag, "validate", "beforeDelete", f"A {kind.name} is about to be deleted.", "before")
        after = self.payloads.make(tag, "commit", "deleted", f"A {kind.name} was deleted.", "before", live=False)

        async def calls(ctx: StepContext[Any], found: OwnedDocument | None) -> Mapping[str, HookCall] | Refusal:
            if found is None:
                return self._missing()
            return {
                "beforeDelete": HookCall(self._targets(ctx, found), self.payloads.fill(before, found, before=found))
            }

        async def change(ctx: StepContext[Any], found: OwnedDocument | None) -> Decision:
            if found is None:
                return self._missing()
            call = HookCall(self._targets(ctx, found), self.payloads.fill(after, found, before=found))
            gone = found.model_copy(update={"deleted": True})
            return Change(gone, self._result(found.id, True), {"deleted": call})

        hooks = (Hook("beforeDelete", kind.targets, before), Hook("deleted", kind.targets, after))
        return self._of_one(tag, delete_params(kind), calls, change, *hooks)

    def _of_one(
        self,
        tag: str,
        params: type[Any],
        calls: Any,
        change: Any,
        before: Hook,
        after: Hook,
        check: Callable[[Any], Sequence[Refusal]] = lambda params: (),
    ) -> Flow[Any]:
        """A flow about one object that is there."""
        kind = self.obj_type
        return Flow(
            tag,
            params,
            (
                ValidateStep(calls, (before,)),
                WriteStep(kind.document, lambda ctx: str(getattr(ctx.params, kind.id_field)), change, (after,)),
            ),
            object_refs=lambda given: [f"{kind.service}:{kind.name}:{getattr(given, kind.id_field)}"],
            check=check,
        )

    def _made(self, ctx: StepContext[Any]) -> OwnedDocument:
        kind = self.obj_type
        values = {item.name: _stored(item.kind, getattr(ctx.params, item.name)) for item in kind.fields}
        if kind.owner is not None:
            values[kind.owner.field] = getattr(ctx.params, kind.owner.field)
        given = {name: value for name, value in values.items() if value is not None}
        return kind.document(id=kind.new_id(ctx), created_at=ctx.now, **given)

    def _updated(self, params: Any, found: OwnedDocument) -> OwnedDocument:
        given = getattr(params, GIVEN)
        changes = {
            item.name: _stored(item.kind, getattr(params, item.name))
            for item in self.obj_type.fields
            if item.updatable and item.name in given
        }
        updated: OwnedDocument = found.model_copy(update=changes)
        return updated

    async def _ownerless(self, ctx: StepContext[Any]) -> Refusal | None:
        owner = self.obj_type.owner
        if owner is None or await ctx.load(owner.document, getattr(ctx.params, owner.field)) is not None:
            return None
        field = to_camel(owner.field)
        return Refusal("NOT_FOUND", f"{field} names no {owner.document.obj_type}.", (field,))

    def _missing(self) -> Refusal:
        field = to_camel(self.obj_type.id_field)
        return Refusal("NOT_FOUND", f"{field} names no {self.obj_type.name}.", (field,))

    def _targets(self, ctx: StepContext[Any], document: OwnedDocument) -> list[str]:
        """What owns itself and cannot be connected to concerns the user alone."""
        return self.obj_type.refs(document) or [user_ref(ctx.principal.id)]

    def _owner_refs(self, params: Any) -> list[str]:
        owner = self.obj_type.owner
        if owner is None:
            return []
        return [f"{owner.document.service}:{owner.document.obj_type}:{getattr(params, owner.field)}"]

    def _result(self, id: str, changed: bool) -> dict[str, Any]:
        return {to_camel(self.obj_type.id_field): id, CHANGED: changed}


def _stored(kind: Any, value: Any) -> Any:
    return None if value is None else kind.to_stored(value)
