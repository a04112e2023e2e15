"""GraphQL over HTTP: one request, one response or one stream of them.

Source of the rules: the GraphQL-over-HTTP specification (graphql.github.io/graphql-over-http).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.config import GatewayConfig
from gateway.executor import Response
from gateway.pipeline.errors import MethodNotAllowed, NotAcceptable, RequestError, Unauthenticated
from gateway.pipeline.execute import Job, Pipeline
from gateway.pipeline.http_request import ClientGone, HttpRequest, while_connected
from gateway.pipeline.metrics import GatewayMetrics
from gateway.pipeline.negotiate import EVENT_STREAM, JSON, MULTIPART, RESPONSE_JSON, STREAMS, Accepted, parse_accept
from gateway.pipeline.params import Params
from gateway.pipeline.respond import payload_of, payload_of_error, status_of_error, to_request_error
from gateway.planner import print_plan
from gateway.subscriptions.expiry import until
from gateway.subscriptions.frames import Frames, Multipart, ServerSentEvents
from gateway.subscriptions.http_stream import stream_results
from gateway.subscriptions.port import Client
from gateway.subscriptions.websocket import forwarded
from gateway.wire.json import dumps

_FRAMES: Final[dict[str, Frames]] = {EVENT_STREAM: ServerSentEvents(), MULTIPART: Multipart()}


class HttpEndpoint:
    """The ASGI application of `/graphql`, for scopes of type `http`."""

    def __init__(
        self,
        pipeline: Pipeline,
        config: GatewayConfig,
        metrics: GatewayMetrics,
        graphiql: ASGIApp | None,
        draining: asyncio.Event,
    ) -> None:
        self._pipeline = pipeline
        self._draining = draining
        self._metrics = metrics
        self._graphiql = graphiql
        self._limits = config.limits
        self._forward = frozenset(config.forward_headers)
        self._show_plans = config.show_plans
        self._heartbeat = config.keep_alive.total_seconds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest.of(scope)
        accepted = parse_accept(request.accept)
        if self._graphiql is not None and request.method == "GET" and accepted.page():
            await self._graphiql(scope, receive, send)
            return
        try:
            await self._serve(request, accepted, Client(forwarded(scope, self._forward)), receive, send)
        except ClientGone:
            return

    async def _serve(
        self, request: HttpRequest, accepted: Accepted, client: Client, receive: Receive, send: Send
    ) -> None:
        media = accepted.single()
        try:
            if media is None:
                raise NotAcceptable(
                    f"None of the acceptable media types can be sent: {RESPONSE_JSON}, {JSON}, "
                    f"{EVENT_STREAM} and {MULTIPART} can"
                )
            job = await self._prepare(await request.params(receive, self._limits), client, receive)
            plan = request.plan if self._show_plans else None
            if plan == "only":
                await _send_json(send, 200, _single(media), payload_of(_planned(job, Response(None))))
                return
            media = _media_for(job, request, accepted, media)
            response = None if media in STREAMS else await self._respond(job, client, receive)
            if response is not None and plan is not None:
                response = _planned(job, response)
        except ClientGone:
            raise
        except Exception as error:
            await self._refuse(to_request_error(error), media, receive, send)
            return
        if response is None:
            results = until(self._pipeline.stream(job, client), job.expires_at, payload_of_error(_expired()))
            await self._stream(results, media, receive, send)
        else:
            await _send_json(send, 200, media, payload_of(response))

    async def _prepare(self, params: Params, client: Client, receive: Receive) -> Job:
        found = self._pipeline.look_up(params, client)
        return found if isinstance(found, Job) else await while_connected(receive, self._pipeline.plan(found, client))

    async def _respond(self, job: Job, client: Client, receive: Receive) -> Response:
        """A mutation runs to its end whether or not its client waits; a query is abandoned."""
        work = self._pipeline.respond(job, client)
        return await (work if job.plan.kind == "mutation" else while_connected(receive, work))

    async def _stream(
        self, results: AsyncGenerator[dict[str, Any], None], media: str, receive: Receive, send: Send
    ) -> None:
        self._metrics.stream_opened(media)
        try:
            await stream_results(results, _FRAMES[media], receive, send, self._heartbeat, self._draining)
        finally:
            self._metrics.stream_closed(media)

    async def _refuse(self, error: RequestError, media: str | None, receive: Receive, send: Send) -> None:
        """An EventSource cannot read the body of an error status, so its errors are an event."""
        payload = payload_of_error(error)
        if media == EVENT_STREAM and error.well_formed:
            await self._stream(_only(payload), media, receive, send)
            return
        status = status_of_error(error, legacy=media == JSON)
        kind = RESPONSE_JSON if media in (RESPONSE_JSON, EVENT_STREAM) else JSON
        await _send_json(send, status, kind, payload, error)


def _media_for(job: Job, request: HttpRequest, accepted: Accepted, media: str) -> str:
    """The media type that this operation is answered in. Raises MethodNotAllowed or NotAcceptable."""
    if job.plan.kind == "mutation" and request.method == "GET":
        raise MethodNotAllowed("A mutation must be sent with POST", "POST")
    if job.plan.kind != "subscription":
        return media
    stream = accepted.stream()
    if stream is None:
        raise NotAcceptable(
            f"A subscription needs a WebSocket (graphql-transport-ws), or an Accept header that names "
            f"{EVENT_STREAM} or {MULTIPART}"
        )
    return stream


def _planned(job: Job, response: Response) -> Response:
    """The response with the plan that led to it."""
    return replace(response, extensions={**response.extensions, "queryPlan": print_plan(job.plan)})


def _single(media: str) -> str:
    """The media type of a plan by itself, which is never a stream."""
    return JSON if media in STREAMS else media


def _expired() -> RequestError:
    return Unauthenticated("The token has expired; subscribe again with a new one")


async def _only(payload: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    yield payload


async def _send_json(
    send: Send, status: int, media: str, payload: dict[str, Any], error: RequestError | None = None
) -> None:
    body = dumps(payload)
    headers = [
        (b"content-type", media.encode() + b"; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    if error is not None:
        headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
