"""A service on a real store, asked through its schema as this or that caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult

from flows import ENGINE_INDEXES, Engine, open_bus, open_engine
from flows.graphql.app import Service
from flows.graphql.context import RequestData, ServiceContext
from identity import ANONYMOUS, Principal, PrincipalKind
from store import ChangeHub, Store, init_documents, prepare

ADA = Principal(PrincipalKind.USER, "ada", "Ada")
BOB = Principal(PrincipalKind.USER, "bob", "Bob")
ADMIN = Principal(PrincipalKind.USER, "admin", "Admin", scopes=frozenset({"admin"}))

__all__ = ["ADA", "ADMIN", "ANONYMOUS", "BOB", "RunningService", "plugin", "running"]


def plugin(tag: str, *permissions: str) -> Principal:
    """A plugin with a token of those permissions, for all that it is authorized for."""
    return Principal(PrincipalKind.PLUGIN, tag, tag, scopes=frozenset(permissions))


TOLD = "{ pluginTag code message }"
RUN = f"id status step awaiting objectRefs rejections {TOLD} skipped {TOLD}"


@dataclass
class RunningService:
    """A service's engine and schema."""

    service: Service
    store: Store
    engine: Engine

    def context(self, who: Principal = ADA, **request: Any) -> ServiceContext:
        """The context of a request."""
        return self.service.context_class(self.engine, self.store, who, RequestData(**request))

    async def execute(
        self, query: str, variables: Mapping[str, Any] | None = None, who: Principal = ADA, **request: Any
    ) -> Any:
        """The result of an operation, errors and all."""
        context = self.context(who, **request)
        return await self.service.schema.execute(query, deepcopy(dict(variables or {})), context)

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, who: Principal = ADA, **request: Any
    ) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        result: ExecutionResult = await self.execute(query, variables, who, **request)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def mutate(
        self, field: str, selection: str, who: Principal = ADA, key: str | None = None, **given: Any
    ) -> Any:
        """The payload of one mutation: run, errors and what else is selected."""
        name = field[0].upper() + field[1:]
        operation = (
            f"mutation M($input: {name}Input!) {{ {field}(input: $input)"
            f" {{ run {{ {RUN} }} errors {{ code message field }} {selection} }} }}"
        )
        data = await self.ask(operation, {"input": given}, who, idempotency_key=key)
        return data[field]

    async def watch(
        self, operation: str, variables: Mapping[str, Any], who: Principal = ADA, seconds: float = 10
    ) -> AsyncIterator[Any]:
        """What a subscription yields, for so many seconds at most."""
        results = await self.service.schema.subscribe(operation, dict(variables), self.context(who))
        assert isinstance(results, AsyncGenerator), results
        async with aclosing(results), asyncio.timeout(seconds):
            async for result in results:
                yield result

    async def connect(
        self, tag: str, refs: Sequence[str], owner_ref: str, hooks: Mapping[str, str], **settings: Any
    ) -> None:
        """Connect a plugin to objects, as the registrar stores it; `hooks` says SYNC or ASYNC for each hook id."""
        rows = [{"id": id, "mode": mode, **settings} for id, mode in hooks.items()]
        await self.store.collection("registrar_plugins").insert_one({"_id": tag, "enabled": True, "hooks": rows})
        for ref in refs:
            row = {"_id": f"{ref}#{tag}", "object_ref": ref, "owner_ref": owner_ref, "plugin_tag": tag}
            await self.store.collection("registrar_connections").insert_one(
                {**row, "status": "ACTIVE", "config": {}, "links": [], "deleted": False}
            )

    async def authorize(self, tag: str, owner_ref: str, *permissions: str) -> None:
        """Let a plugin use permissions on all that an owner has."""
        row = {"_id": f"{owner_ref}#{tag}", "owner_ref": owner_ref, "plugin_tag": tag, "status": "ACTIVE"}
        await self.store.collection("registrar_authorizations").insert_one(
            {**row, "permissions": list(permissions), "connection_id": None}
        )


@asynccontextmanager
async def running(store: Store, service: Service) -> AsyncIterator[RunningService]:
    """The service at work on the store."""
    await prepare(store, "flows", ENGINE_INDEXES)
    await prepare(store, service.tag, service.indexes)
    await init_documents(store, service.documents)
    hub = ChangeHub()
    async with open_bus(store, hub), open_engine(store, hub, service.tag, service.flows) as engine:
        yield RunningService(service, store, engine)
