"""Planning beside the event loop: once for all who ask, within limits, and never in the way of others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from gateway.app import Gateway, create_gateway
from gateway.config import GatewayConfig, Limits
from gateway.pipeline.errors import Overloaded
from gateway.pipeline.plan_cache import PlanCache
from gateway.pipeline.planning import PlanningThread
from gateway.serving import Lane
from gateway.serving.head import Head
from gateway.subscriptions.port import Client
from gateway.wire.json import loads
from tests.unit.gateway.planner.many import ManyPlans

GRAPH = ManyPlans(3, (frozenset({0, 1}), frozenset({0, 2}), frozenset({1, 2})))
FEW_NODES = "{ __typename }"
HOSTILE = "{ node { ...F0 } } " + " ".join(
    f"fragment F{level} on Node {{ "
    + (" ".join(f"a{level}_{link}: n{link} {{ ...F{level + 1} }}" for link in range(3)) if level < 12 else "f0 f1 f2")
    + " }"
    for level in range(13)
)


@asynccontextmanager
async def running(**limits: Any) -> AsyncIterator[tuple[Gateway, Lane]]:
    """A gateway over a supergraph, and its lane."""
    config = GatewayConfig(supergraph=GRAPH.supergraph_text(), limits=Limits(**limits))
    gateway = create_gateway(config)
    async with gateway.running():
        await gateway.wait_ready()
        yield gateway, gateway.lane("/graphql")


def ask(lane: Lane, query: str) -> asyncio.Future[Any]:
    """The answer's body."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    head = Head(0, "application/json", Client({}))
    body = b'{"query": "%s"}' % query.encode()
    lane.answer(head, body, lambda _, sent: answer.set_result(loads(sent)))
    return answer


async def test_others_are_answered_while_a_hostile_query_is_planned() -> None:
    async with running() as (_, lane):
        await ask(lane, FEW_NODES)
        hostile = ask(lane, HOSTILE)
        assert not hostile.done()
        for _ in range(20):
            assert (await ask(lane, FEW_NODES))["data"] == {"__typename": "Query"}
        assert not hostile.done()
        [error] = (await hostile)["errors"]
        assert error["extensions"]["code"] == "PLAN_BUDGET_EXCEEDED"


async def test_a_hostile_query_ends_when_its_time_is_up() -> None:
    async with running(planning=timedelta(microseconds=1)) as (_, lane):
        [error] = (await ask(lane, HOSTILE))["errors"]
        assert error["extensions"]["code"] == "PLAN_BUDGET_EXCEEDED"
        assert "1e-06 s" in error["message"]


async def test_what_is_asked_at_the_same_time_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[str] = []
    original = PlanCache.plan

    def plan(self: PlanCache, key: Any, pause: Any = None) -> Any:
        planned.append(key[0])
        return original(self, key, pause)

    monkeypatch.setattr(PlanCache, "plan", plan)
    async with running() as (_, lane):
        answers = await asyncio.gather(*(ask(lane, FEW_NODES) for _ in range(5)))
        assert answers == [answers[0]] * 5
        await ask(lane, FEW_NODES)
    assert planned == [FEW_NODES]


async def test_a_planning_goes_on_when_the_first_who_asked_leaves() -> None:
    thread = PlanningThread(10, 10)
    allowed = threading.Event()
    try:
        work = thread.start(lambda _: allowed.wait(10))
        waiters = [asyncio.create_task(_shielded(work)) for _ in range(2)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        allowed.set()
        assert await waiters[1]
    finally:
        allowed.set()
        thread.close()


async def test_too_many_plannings_are_refused_and_later_ones_are_not() -> None:
    thread = PlanningThread(10, 2)
    allowed = threading.Event()
    try:
        works = [thread.start(lambda _: allowed.wait(10)) for _ in range(2)]
        with pytest.raises(Overloaded, match="2 operations are waiting"):
            thread.start(lambda _: True)
        allowed.set()
        assert await asyncio.gather(*works) == [True, True]
        assert await thread.start(lambda _: True)
    finally:
        allowed.set()
        thread.close()


async def test_closing_ends_what_is_being_planned() -> None:
    thread = PlanningThread(60, 1)
    begun = threading.Event()

    def work(pause: Callable[[], None]) -> None:
        begun.set()
        while True:
            pause()

    running_ = thread.start(work)
    await asyncio.to_thread(begun.wait, 10)
    thread.close()
    with pytest.raises(Overloaded, match="stopping"):
        await running_


async def test_refusals_are_not_kept() -> None:
    async with running() as (gateway, lane):
        for _ in range(2):
            [error] = (await ask(lane, "{ nothing }"))["errors"]
            assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert gateway.ready


async def _shielded(work: asyncio.Future[bool]) -> bool:
    return await asyncio.shield(work)


def spin(seconds: float, pause: Callable[[], None] | None = None) -> str:
    end = perf_counter() + seconds
    while perf_counter() < end:
        if pause is not None:
            pause()
    return "done"


def test_the_loop_does_brief_work_and_then_as_long_something_else() -> None:
    thread = PlanningThread(1, 1)
    started = perf_counter()
    assert thread.at_once(lambda _: spin(0.05)) == "done"
    took = perf_counter() - started
    assert thread.at_once(lambda _: "too soon") is None
    while thread.at_once(lambda _: "again") is None:
        assert perf_counter() - started < 30
    assert perf_counter() - started > 2 * took - 0.01


def test_work_that_is_not_brief_is_left_to_the_thread() -> None:
    thread = PlanningThread(1, 1)
    assert thread.at_once(lambda pause: spin(30, pause)) is None


async def test_the_loop_does_nothing_of_the_kind_while_the_thread_works() -> None:
    thread = PlanningThread(1, 1)
    release = threading.Event()
    working = thread.start(lambda _: release.wait())
    assert thread.at_once(lambda _: "both") is None
    release.set()
    await working
    assert thread.at_once(lambda _: "one") == "one"
    thread.close()


@pytest.mark.parametrize("query", [FEW_NODES, "{ nothing }", "{ __typename", HOSTILE])
async def test_a_short_text_needs_no_thread(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    original = PlanningThread.start

    def start(self: PlanningThread, work: Callable[[Callable[[], None]], Any]) -> asyncio.Future[Any]:
        started.append(work)
        return original(self, work)

    monkeypatch.setattr(PlanningThread, "start", start)
    async with running() as (_, lane):
        answer = await ask(lane, query)
    assert ("errors" in answer) is (query != FEW_NODES)
    assert len(started) == (query == HOSTILE)
