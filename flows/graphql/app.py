"""A service as an ASGI app: `/graphql` over HTTP, multipart too, and graphql-transport-ws, with its own GraphiQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry import UNSET
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.unset import UnsetType

from flows.engine import Engine
from flows.graphql.context import RequestData, ServiceContext
from flows.graphql.multipart import Multipart, Parts, Stream, StreamedResponse, opened, prefers_json, until_expiry
from flows.graphql.operations import may_stream
from flows.graphql.schema import ServiceSchema
from flows.graphql.wire import TransportHandler, bounded, read_body, read_json, refusal, write_json
from flows.schema import Flow
from identity import ANONYMOUS, CodedError, Principal, TokenVerifier, authorization_of_connection_init
from store import Index, Migration, Store, VersionedDocument

SIGNED_IN = "izara.signed_in"
"""Key in a WebSocket's scope: resolves to its context once it has signed in."""


@dataclass(frozen=True)
class Service:
    """All that makes a service: its tag, schema, flows, documents and indexes."""

    tag: str
    schema: ServiceSchema
    flows: Sequence[Flow[Any]]
    documents: Sequence[type[VersionedDocument]]
    indexes: Mapping[str, Sequence[Index]] = field(default_factory=dict)
    migrations: Sequence[Migration] = ()
    context_class: type[ServiceContext] = ServiceContext


@dataclass(frozen=True)
class ServiceProcess:
    """What the process gives each of its services."""

    store: Store
    engine: Engine
    verifier: TokenVerifier
    extras: Any = None
    """Handed to the service's contexts as it is (the registrar's ports, say)."""


def request_data(connection: HTTPConnection) -> RequestData:
    """What the headers of a request say besides its operation."""
    headers = connection.headers
    return RequestData(
        idempotency_key=headers.get("idempotency-key") or None,
        delivery_id=headers.get("izara-delivery") or None,
        authorization=headers.get("authorization") or None,
    )


class ServiceGraphQL(GraphQL[ServiceContext, None]):
    """Strawberry's ASGI view with bearer tokens on HTTP and in connection_init."""

    graphql_transport_ws_handler_class = TransportHandler
    stream_transport_classes_by_protocol = {MULTIPART_SUBSCRIPTION_PROTOCOL: Multipart}

    def __init__(self, service: Service, process: ServiceProcess, graphiql: ASGIApp | None = None) -> None:
        super().__init__(
            service.schema,
            graphql_ide="graphiql" if graphiql is None else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=10),
        )
        self._service = service
        self._process = process
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._graphiql is not None and wants_page(Request(scope)):
            await self._graphiql(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(scope, receive, send)
        else:
            try:
                response = await self.run(Request(scope, bounded(receive)))
            except HTTPException as error:
                response = refusal(error)
            await response(scope, receive, send)

    def decode_json(self, data: str | bytes) -> object:
        return read_json(data)

    def encode_json(self, data: object) -> str:
        return write_json(data)

    def parse_json(self, data: str | bytes) -> Any:
        return read_body(data)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        content_type = request.content_type or ""
        if request.method == "POST" and "application/json" not in content_type:
            raise HTTPException(415, f"Content-Type must be application/json; this request says {content_type!r}")
        data = await super().parse_http_body(request)
        if isinstance(data, GraphQLRequestData) and not isinstance(data.operation_name, str | None):
            raise HTTPException(400, "The GraphQL operation's `operationName` must be a string or null, if provided.")
        if (
            isinstance(data, GraphQLRequestData)
            and data.protocol == Multipart.protocol
            and prefers_json(request.headers.get("accept", ""))
            and not may_stream(data.query, data.operation_name)
        ):
            return replace(data, protocol="http")
        return data

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: ServiceContext,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        context.one_answer = True
        return await super().execute_single(request, request_adapter, sub_response, context, root_value, request_data)

    async def create_streaming_response(
        self, request: Request | WebSocket, stream: Parts, sub_response: Response, headers: Mapping[str, str]
    ) -> Response:
        return StreamedResponse(stream(), sub_response.status_code or 200, {**sub_response.headers, **headers})

    def _stream_result(
        self, request: Request, result: SubscriptionExecutionResult, transport: HTTPStreamTransport
    ) -> Stream:
        results = until_expiry(result, request.state.expires_at)
        return opened(super()._stream_result(request, cast("SubscriptionExecutionResult", results), transport))

    async def _serve_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a WebSocket until it is closed, or the token that it was signed in with expires."""
        signed_in: asyncio.Future[ServiceContext] = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as tasks:
            expiry = tasks.create_task(close_at_expiry(signed_in))
            try:
                await super().__call__({**scope, SIGNED_IN: signed_in}, receive, send)
            finally:
                expiry.cancel()

    async def _verify(self, authorization: str | None) -> tuple[Principal, CodedError | None]:
        try:
            return await self._process.verifier.verify(authorization), None
        except CodedError as error:
            return ANONYMOUS, error

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> ServiceContext:
        data = request_data(request)
        principal, error = await self._verify(data.authorization)
        request.state.expires_at = principal.expires_at
        return self._service.context_class(
            engine=self._process.engine,
            store=self._process.store,
            principal=principal,
            request=data,
            auth_error=error,
            websocket=response if isinstance(response, WebSocket) else None,
            extras=self._process.extras,
        )

    async def on_ws_connect(self, context: ServiceContext) -> UnsetType | dict[str, object] | None:
        try:
            authorization = authorization_of_connection_init(context.connection_params)
        except CodedError as error:
            authorization, context.auth_error = None, error
        if authorization is not None:
            principal, context.auth_error = await self._verify(authorization)
            context.become(principal)
        if context.auth_error is not None:
            assert context.websocket is not None
            await context.websocket.close(4403, str(context.auth_error)[:120])
            raise WebSocketDisconnected
        signed_in = context.websocket.scope[SIGNED_IN] if context.websocket is not None else None
        if signed_in is not None and not signed_in.done():
            signed_in.set_result(context)
        accepted: UnsetType = UNSET
        return accepted


async def close_at_expiry(signed_in: asyncio.Future[ServiceContext]) -> None:
    """Close the WebSocket when its token expires; a token without an end stays."""
    context = await signed_in
    expires_at = context.principal.expires_at
    if expires_at is None or context.websocket is None:
        return
    await asyncio.sleep(max(0.0, expires_at - time.time()))
    with suppress(RuntimeError, WebSocketDisconnect):  # it is closed already
        await context.websocket.close(4403, "token expired")


def wants_page(request: Request) -> bool:
    """Whether a browser asks for the page rather than a client for data."""
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and "text/html" in request.headers.get("accept", "")
    )


def create_service_app(service: Service, process: ServiceProcess, graphiql: ASGIApp | None = None) -> Starlette:
    """The service's app, mounted at `/subgraphs/<name>` or served alone.

    Args:
        graphiql: serves GraphiQL to browsers; None falls back to Strawberry's page, whose assets come from the web.
    """
    view = ServiceGraphQL(service, process, graphiql)
    return Starlette(routes=[Route("/graphql", view), WebSocketRoute("/graphql", view)])
