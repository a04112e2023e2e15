"""What a resolver of a service may use: who asks, what they may do, the engine and the store."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from strawberry.types import Info

from flows.graphql.selection import asks_for
from flows.graphql.types import FlowRun, UserError
from flows.ids import split_ref
from flows.schema import Flow, P
from flows.submission import RunView, Submission
from flows.submitted import USERS
from identity import Access, CodedError, Principal, user_ref
from store import Store

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from flows.engine import Engine


OF_PLUGINS = ("awaiting", "rejections", "skipped")
"""Fields of a run that its deliveries are read for."""


@dataclass(frozen=True)
class RequestData:
    """What a request says besides its operation.

    Attributes:
        idempotency_key: the Idempotency-Key header.
        delivery_id: the delivery in whose handling the request is made (Izara-Delivery).
        authorization: the Authorization header or the connection_init payload's, to be passed on.
    """

    idempotency_key: str | None = None
    delivery_id: str | None = None
    authorization: str | None = None


class ServiceContext:
    """Strawberry's `info.context`; services subclass it for their loaders and make these in `refresh`.

    Attributes:
        websocket: the connection that the operation came by, where it is one; it may carry many.
        one_answer: whether the caller takes one answer, so that events of a subscription cannot be sent.
    """

    websocket: WebSocket | None = None
    one_answer = False

    def __init__(
        self,
        engine: Engine,
        store: Store,
        principal: Principal,
        request: RequestData,
        auth_error: CodedError | None = None,
        websocket: WebSocket | None = None,
        extras: Any = None,
    ) -> None:
        self.engine = engine
        self.store = store
        self.request = request
        self.auth_error = auth_error
        self.websocket = websocket
        self.extras = extras
        self.connection_params: dict[str, object] | None = None
        self.become(principal)

    def become(self, principal: Principal) -> None:
        """Go on as this principal (a WebSocket learns who it is from connection_init)."""
        self.principal = principal
        self.refresh()

    def separate(self) -> Self:
        """A context of the same caller that has read nothing yet."""
        made = copy(self)
        made.refresh()
        return made

    def refresh(self) -> None:
        """Forget what was read: called before each event of a subscription."""
        self.access = Access(self.store, self.principal, self.engine.parts.grouped)

    def check_ref(self, ref: str) -> None:
        """Raise CodedError BAD_USER_INPUT unless runs of this service can be about such an object."""
        try:
            service, obj_type, id = split_ref(ref)
        except ValueError as error:
            raise CodedError("BAD_USER_INPUT", f"objectRef: {error}") from error
        own = self.engine.service
        if service == own:
            return
        if obj_type in USERS:
            reason = (
                f"{own} has no runs about users; use registrarRunUpdates, with the objectRef {user_ref(id[:100])!r}"
            )
        else:
            reason = f"{own} has no runs about {ref[:100]!r}; if there is a service {service}, use {service}RunUpdates"
        raise CodedError("BAD_USER_INPUT", f"objectRef: {reason}")

    async def may_see_object(self, ref: str) -> bool:
        """Whether there is such an object, as far as the service knows, and the caller may see it."""
        return await self.access.may_see_object(ref)


ServiceInfo = Info[ServiceContext, None]


@dataclass(frozen=True)
class RunOutcome:
    """What every mutation's payload begins with.

    Attributes:
        run: the run that was started or attached to; None where none was.
        errors: what the caller can correct, a plugin's veto included under the plugin's own code.
        results: JSON results of the steps that are done, by step tag.
    """

    run: FlowRun | None
    errors: list[UserError]
    results: Mapping[str, Any] = field(default_factory=dict)


async def submit(info: Info[Any, Any], flow: Flow[P], params: P, idempotency_key: str | None = None) -> RunOutcome:
    """Start the flow (or attach to the run of the same idempotency key) and wait for its synchronous part.

    Args:
        info: of the mutation's resolver; its response key tells apart mutations of one request. The payload shows the
            run as `run`.
        flow: one of the service's; it runs as the catalog has it, with what was added to it.
        idempotency_key: the input's; default the request's Idempotency-Key header.
    """
    context: ServiceContext = info.context
    context.access.require_signed_in()
    submission = await context.engine.submit(
        context.engine.parts.flow(flow.tag),
        params,
        principal=context.principal,
        idempotency_key=context.request.idempotency_key if idempotency_key is None else idempotency_key,
        response_key=str(info.path.key),
        delivery_id=context.request.delivery_id,
    )
    return await _outcome(info, submission)


async def attach(info: Info[Any, Any], run_id: str) -> RunOutcome | None:
    """The outcome of a run that is at what the caller asks for already, as `submit` gives it; None where it is gone."""
    context: ServiceContext = info.context
    submission = await context.engine.attach(run_id)
    return None if submission is None else await _outcome(info, submission)


async def _outcome(info: Info[Any, Any], submission: Submission) -> RunOutcome:
    context: ServiceContext = info.context
    record = submission.record
    run = None
    if record is not None:
        asked = any(asks_for(info, "run", name) for name in OF_PLUGINS)
        view = await context.engine.view(record) if asked else RunView(record, [])
        run = FlowRun.from_record(view.run, view.awaiting)
    return RunOutcome(
        run=run,
        errors=[UserError(code=item.code, message=item.message, field=item.field) for item in submission.errors],
        results=record.results if record else {},
    )
