"""The GraphQL side of the engine: what every service mounts."""

from flows.graphql.app import Service, ServiceProcess, create_service_app
from flows.graphql.context import RequestData, RunOutcome, ServiceContext, ServiceInfo, submit
from flows.graphql.pages import Connection, Edge, find_page, make_connection, page
from flows.graphql.schema import ServiceSchema, build_schema
from flows.graphql.types import (
    Attribute,
    AttributeInput,
    Cause,
    FlowRun,
    FlowStatus,
    HookConnection,
    HookHeartbeat,
    HookOutcomeInput,
    HookRejection,
    LinkRef,
    Money,
    MoneyInput,
    PageInfo,
    UserError,
    to_datetime,
)

__all__ = [
    "Attribute",
    "AttributeInput",
    "Cause",
    "Connection",
    "Edge",
    "FlowRun",
    "FlowStatus",
    "HookConnection",
    "HookHeartbeat",
    "HookOutcomeInput",
    "HookRejection",
    "LinkRef",
    "Money",
    "MoneyInput",
    "PageInfo",
    "RequestData",
    "RunOutcome",
    "Service",
    "ServiceContext",
    "ServiceInfo",
    "ServiceProcess",
    "ServiceSchema",
    "UserError",
    "build_schema",
    "create_service_app",
    "find_page",
    "make_connection",
    "page",
    "submit",
    "to_datetime",
]
