"""Subscriptions: each event completed across subgraphs, streams closed when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from graphql import parse

from gateway.executor import ExecutionContext, Response, compile_plan, execute_plan, execute_subscription
from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.planner import QueryPlan, plan_operation
from gateway.supergraph import Supergraph
from tests.unit.gateway.planner.graphs import business

Events = Callable[[], AsyncGenerator[SubgraphResponse, None]]


class Scripted:
    """A transport that answers as told."""

    def __init__(self, answer: Callable[[SubgraphRequest], SubgraphResponse], events: Events | None = None) -> None:
        self.requests: list[SubgraphRequest] = []
        self._answer = answer
        self._events = events

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        return self._answer(request)

    def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
        self.requests.append(request)
        assert self._events is not None
        return self._events()


def connections(request: SubgraphRequest) -> SubgraphResponse:
    ids = [item["id"] for item in request.variables["representations"]]
    return SubgraphResponse({"_entities": [{"connections": [{"id": f"{key}#market"}]} for key in ids]})


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def compiled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def run(
    plan: QueryPlan, variables: dict[str, Any], context: ExecutionContext, compiled: bool
) -> AsyncGenerator[Response, None]:
    return execute_subscription(plan, variables, context, compile_plan(plan) if compiled else None)


def prepare(events: Events, query: str) -> tuple[QueryPlan, ExecutionContext, Scripted]:
    supergraph: Supergraph = business()
    registrar = Scripted(connections)
    transports = {"commerce": Scripted(connections, events), "registrar": registrar}
    return plan_operation(supergraph, parse(query)), ExecutionContext(supergraph, transports), registrar


QUERY = "subscription { changed: stockChanged { left: stock connections { id } } }"


def event(stock: int) -> SubgraphResponse:
    return SubgraphResponse({"changed": {"id": f"g{stock}", "left": stock}})


async def test_each_event_is_completed(compiled: bool) -> None:
    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        yield event(1)
        yield event(2)

    plan, context, registrar = prepare(events, QUERY)
    seen = [response.data async for response in run(plan, {}, context, compiled)]
    assert seen == [
        {"changed": {"left": 1, "connections": [{"id": "g1#market"}]}},
        {"changed": {"left": 2, "connections": [{"id": "g2#market"}]}},
    ]
    assert len(registrar.requests) == 2


async def test_an_event_with_errors_does_not_end_the_stream(compiled: bool) -> None:
    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        yield SubgraphResponse(None, [{"message": "no", "path": ["changed"]}])
        yield event(2)

    plan, context, _ = prepare(events, QUERY)
    first, second = [response async for response in run(plan, {}, context, compiled)]
    assert first.data is None
    assert first.errors[0]["path"] == ["changed"]
    assert second.errors == []


async def test_a_broken_stream_ends_with_the_reason(compiled: bool) -> None:
    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        yield event(1)
        raise TransportError("SUBGRAPH_UNREACHABLE", "Connection lost.", "commerce")

    plan, context, _ = prepare(events, QUERY)
    _, last = [response async for response in run(plan, {}, context, compiled)]
    assert last == Response(
        None,
        [{"message": "Connection lost.", "extensions": {"code": "SUBGRAPH_UNREACHABLE", "service": "commerce"}}],
    )


async def test_leaving_closes_the_stream_at_the_subgraph(compiled: bool) -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        try:
            yield event(1)
            await asyncio.Event().wait()
        finally:
            closed.set()

    plan, context, _ = prepare(events, QUERY)
    async with aclosing(run(plan, {}, context, compiled)) as responses:
        await anext(responses)
        assert not closed.is_set()
    assert closed.is_set()


async def test_a_quiet_stream_is_closed_on_cancellation(compiled: bool) -> None:
    closed, waiting = asyncio.Event(), asyncio.Event()

    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield event(1)
        finally:
            closed.set()

    plan, context, _ = prepare(events, QUERY)

    async def listen() -> list[Response]:
        return [response async for response in run(plan, {}, context, compiled)]

    task = asyncio.create_task(listen())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert closed.is_set()


async def test_leaving_while_an_event_is_completed_cancels_its_requests(compiled: bool) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    class Hanging(Scripted):
        async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return SubgraphResponse(None)

    async def events() -> AsyncGenerator[SubgraphResponse, None]:
        yield event(1)

    plan, context, _ = prepare(events, QUERY)
    hanging = {**context.transports, "registrar": Hanging(connections)}
    responses = run(plan, {}, replace(context, transports=hanging), compiled)
    waiting = asyncio.ensure_future(anext(responses))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await ended.wait()
    await responses.aclose()


async def test_a_subscription_that_a_condition_leaves_out_is_not_started(compiled: bool) -> None:
    plan, context, _ = prepare(never, "subscription ($on: Boolean!) { stockChanged @include(if: $on) { id } }")
    assert [response async for response in run(plan, {"on": False}, context, compiled)] == []


async def test_a_source_without_transport_is_a_coded_error(compiled: bool) -> None:
    plan, context, _ = prepare(never, QUERY)
    (response,) = [item async for item in run(plan, {}, replace(context, transports={}), compiled)]
    assert response.errors[0]["extensions"]["code"] == "SUBGRAPH_UNKNOWN"


async def never() -> AsyncGenerator[SubgraphResponse, None]:
    raise AssertionError("nobody should listen")
    yield SubgraphResponse(None)


async def test_cancelling_a_query_cancels_every_request() -> None:
    """No task outlives its request."""
    begun: list[str] = []
    ended: list[str] = []
    both = asyncio.Event()

    class Hanging:
        async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
            begun.append(request.service)
            if len(begun) == 2:
                both.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(request.service)
            return SubgraphResponse(None)

        def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
            return never()

    supergraph = business()
    plan = plan_operation(supergraph, parse("{ goods { id } offers { id } }"))
    context = ExecutionContext(supergraph, {"commerce": Hanging(), "market": Hanging()})
    task: asyncio.Task[Any] = asyncio.create_task(execute_plan(plan, {}, context))
    await both.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert sorted(ended) == ["commerce", "market"]


async def test_mutations_run_one_after_another() -> None:
    """What follows from a mutation is fetched before the next one is sent."""
    order: list[str] = []

    def answer(request: SubgraphRequest) -> SubgraphResponse:
        order.append(f"{request.kind} {request.service}")
        if request.service == "registrar":
            return connections(request)
        key = "closeOffer" if request.service == "market" else "c" if "c:" in request.query else "a"
        return SubgraphResponse({key: {"id": "1", "stock": 1}})

    supergraph = business()
    query = """
    mutation {
        a: adjustStock(id: "1", by: 1) { stock }
        closeOffer(id: "2") { connections { id } }
        c: adjustStock(id: "1", by: 2) { stock }
    }
    """
    plan = plan_operation(supergraph, parse(query))
    transports = {name: Scripted(answer) for name in supergraph.subgraphs}
    response = await execute_plan(plan, {}, ExecutionContext(supergraph, transports))
    assert order == ["mutation commerce", "mutation market", "query registrar", "mutation commerce"]
    assert response.errors == []
    assert response.data == {
        "a": {"stock": 1},
        "closeOffer": {"connections": [{"id": "1#market"}]},
        "c": {"stock": 1},
    }
