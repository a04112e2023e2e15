"""`SHooks` and `SReply`: how a plugin gets its deliveries and says what came of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Union

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from flows.catalog import FlowCatalog
from flows.codec import from_json
from flows.graphql.context import ServiceContext
from flows.graphql.types import Cause, HookConnection, HookHeartbeat, HookOutcomeInput, LinkRef, UserError, to_datetime
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.payloads import LARGEST
from flows.records import ConnectionSnapshot, DeliveryRecord
from identity import CodedError, PrincipalKind

DELIVERY = (
    "One hook of one run, for this plugin and one owner. The values of its payload have "
    f"{LARGEST // 2**20} MiB at most; a change whose hook would have more is refused with PAYLOAD_TOO_LARGE."
)
LONGEST_MESSAGE = 2_000
"""Characters of a plugin's message that are kept: it is shown with its run and delivery."""


def capitalised(service: str) -> str:
    """The service's tag as the prefix of a type name."""
    return service[0].upper() + service[1:]


@strawberry.enum(name="HookMode")
class HookModeName(Enum):
    SYNC = "SYNC"
    ASYNC = "ASYNC"


def require_plugin(context: ServiceContext) -> str:
    """The caller's plugin tag; FORBIDDEN for anybody else."""
    context.access.require_signed_in()
    if context.principal.kind is not PrincipalKind.PLUGIN:
        raise CodedError("FORBIDDEN", "deliveries are for plugins: sign in with a plugin's client credentials")
    return context.principal.id


def connection(snapshot: ConnectionSnapshot) -> HookConnection:
    """A connection as GraphQL shows it."""
    links = [
        LinkRef(name=link["name"], object_ref=link.get("object_ref"), url=link.get("url")) for link in snapshot.links
    ]
    return HookConnection(
        id=strawberry.ID(snapshot.id),
        object_ref=snapshot.object_ref,
        plugin_tag=snapshot.plugin_tag,
        config=JSON(snapshot.config),
        links=links,
    )


def parse_outcome(given: HookOutcomeInput) -> Outcome:
    """The outcome that a reply names; of a long message its beginning."""
    if given.complete:
        return Complete(given.complete.value.result if given.complete.value else None)
    if given.reject and given.reject.value:
        return Reject(given.reject.value.code, given.reject.value.message[:LONGEST_MESSAGE])
    if given.fail and given.fail.value:
        return Fail(given.fail.value.message[:LONGEST_MESSAGE])
    if given.retry and given.retry.value:
        return Retry(given.retry.value.after_seconds)
    if given.extend and given.extend.value:
        return Extend(given.extend.value.seconds, given.extend.value.keep)
    raise CodedError("BAD_USER_INPUT", "input.outcome: give one of complete, reject, fail, retry, extend")


class HookFields:
    """The GraphQL types and fields of one service's hooks, made from its catalog."""

    def __init__(self, catalog: FlowCatalog) -> None:
        self.catalog = catalog
        self.service = catalog.service
        self.prefix = capitalised(catalog.service)
        self.delivery_type = self._delivery_type() if catalog.hooks else None

    def _payload_union(self) -> Any:
        payloads = tuple(bound.hook.payload for bound in self.catalog.hooks.values())
        return Annotated[Union[payloads], strawberry.union(f"{self.prefix}HookPayload")]  # noqa: UP007

    def _delivery_type(self) -> type[Any]:
        annotations: dict[str, Any] = {
            "id": strawberry.ID,
            "hook_id": str,
            "mode": HookModeName,
            "attempt": int,
            "seq": int,
            "deadline": datetime,
            "connections": list[HookConnection],
            "cause": Cause | None,
            "replay": bool,
            "payload": self._payload_union(),
        }
        made = type(f"{self.prefix}HookDelivery", (), {"__annotations__": annotations})
        return strawberry.type(made, description=DELIVERY)

    def make_delivery(self, record: DeliveryRecord) -> Any:
        """The delivery as its plugin gets it; the payload's live references are resolved with its permissions."""
        assert self.delivery_type is not None
        payload = from_json(self.catalog.hooks[record.hook_id].hook.payload, record.payload)
        cause = Cause(
            run_id=strawberry.ID(record.run_id),
            delivery_id=strawberry.ID(record.cause.delivery_id) if record.cause else None,
            plugin_tag=record.cause.plugin_tag if record.cause else None,
        )
        return self.delivery_type(
            id=strawberry.ID(record.id),
            hook_id=record.hook_id,
            mode=HookModeName(record.mode),
            attempt=record.attempt,
            seq=record.seq,
            deadline=to_datetime(min(record.leased_until, record.expires_at or record.leased_until)),
            connections=[connection(item) for item in record.connections],
            cause=cause,
            replay=False,
            payload=payload,
        )

    def subscription_type(self) -> type[Any]:
        """A subscription type with the field `<service>Hooks(worker, hooks, maxInFlight)`."""
        members: Any = (self.delivery_type, HookHeartbeat)
        message: Any = Annotated[Union[members], strawberry.union(f"{self.prefix}HookMessage")]  # noqa: UP007

        async def hooks(  # type: ignore[no-untyped-def]
            info: Info[Any, Any],
            worker: strawberry.ID,
            hooks: list[str] | None = None,
            max_in_flight: int = 16,
        ):
            context: ServiceContext = info.context
            plugin = require_plugin(context)
            self._check_subscription(worker, hooks, max_in_flight)
            async with context.engine.grants(plugin, worker, hooks, max_in_flight) as grants:
                async for record in grants:
                    context.refresh()
                    if record is None:
                        yield HookHeartbeat(at=to_datetime(context.engine.clock.now()))
                        continue
                    try:
                        delivery = self.make_delivery(record)
                    except ValueError as error:  # that one's failure: the others go on
                        await context.engine.fail(record, f"its payload does not fit {record.hook_id}: {error}")
                        continue
                    yield delivery

        hooks.__annotations__["return"] = AsyncIterator[message]
        field = strawberry.subscription(
            resolver=hooks,
            name=f"{self.service}Hooks",
            description="This plugin's deliveries of this service, as they are granted under leases.",
        )
        return strawberry.type(type("Subscription", (), {"hooks": field, "__annotations__": {}}))

    def _check_subscription(self, worker: str, hooks: list[str] | None, max_in_flight: int) -> None:
        if not worker:
            raise CodedError("BAD_USER_INPUT", "worker: name this worker, a blank name tells nobody apart")
        if not 1 <= max_in_flight <= 1000:
            raise CodedError("BAD_USER_INPUT", f"maxInFlight: must be from 1 to 1000, not {max_in_flight}")
        if hooks is not None and not hooks:
            raise CodedError("BAD_USER_INPUT", "hooks: an empty list takes nothing; leave it out to take all hooks")
        for hook in hooks or ():
            if hook not in self.catalog.hooks:
                known = ", ".join(sorted(self.catalog.hooks))
                raise CodedError("BAD_USER_INPUT", f"hooks: {self.service} has no hook {hook!r}; it has {known}")

    def mutation_type(self) -> type[Any]:
        """A mutation type with the field `<service>Reply(input)`."""
        reply_input = strawberry.input(
            type(
                f"{self.prefix}ReplyInput",
                (),
                {
                    "__annotations__": {
                        "delivery_id": strawberry.ID,
                        "attempt": int,
                        "outcome": HookOutcomeInput,
                    }
                },
            )
        )
        payload = strawberry.type(
            type(
                f"{self.prefix}ReplyPayload",
                (),
                {"__annotations__": {"delivery_id": strawberry.ID | None, "errors": list[UserError]}},
            )
        )

        async def reply(info: Info[Any, Any], input: Any) -> Any:
            context: ServiceContext = info.context
            plugin = require_plugin(context)
            errors = await context.engine.reply(plugin, input.delivery_id, input.attempt, parse_outcome(input.outcome))
            shown = [UserError(code=item.code, message=item.message, field=item.field) for item in errors]
            return payload(delivery_id=None if errors else input.delivery_id, errors=shown)

        reply.__annotations__.update({"input": reply_input, "return": payload})
        field = strawberry.mutation(
            resolver=reply,
            name=f"{self.service}Reply",
            description="What came of a delivery: complete, reject, fail, retry or extend.",
        )
        return strawberry.type(type("Mutation", (), {"reply": field, "__annotations__": {}}))
