"""An undo is told as an event of its own, to those who were told of the step and to those who may have been."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import strawberry

from flows import Change, Flow, Hook, HookCall, StepContext, Unchanged, WriteStep
from flows.outcomes import Complete, Outcome
from flows.records import DELIVERIES, DeliveryRecord, RunStatus
from store import Store
from tests.integration.flows.test_runs import ended
from tests.support.toy_labels import add_reader
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import (
    ADA,
    FAST,
    FLOWS,
    JarDocument,
    add_jar,
    beans,
    connect,
    jar_ref,
    prepare_toys,
    toy_engine,
)
from tests.support.world import swept

FILLED = "toy_fill_commit_filled"


@dataclass(frozen=True)
class Fill:
    """Which jar."""

    jar_id: str


@strawberry.type
class ToyFillCommitFilled:
    before: int
    after: int


def by(count: int, jar: JarDocument | None) -> Change | Unchanged:
    """So many beans more, told to the jar's plugins."""
    if jar is None:
        return Unchanged()
    after = jar.model_copy(update={"beans": jar.beans + count})
    payload = ToyFillCommitFilled(before=jar.beans, after=after.beans)
    return Change(after, result={"after": after.beans}, hooks={"filled": HookCall([jar_ref(jar.id)], payload)})


async def fill(ctx: StepContext[Fill], jar: JarDocument | None) -> Change | Unchanged:
    """Ten more."""
    return by(10, jar)


async def empty(ctx: StepContext[Fill], jar: JarDocument | None) -> Change | Unchanged:
    """Ten less, of what is there by then."""
    return by(-10, jar)


HOOK = Hook("filled", ("Jar",), ToyFillCommitFilled, budget=timedelta(seconds=1))
FILL: Flow[Any] = Flow(
    tag="fill",
    params=Fill,
    steps=(
        WriteStep(document=JarDocument, subject=lambda ctx: ctx.params.jar_id, change=fill, undo=empty, hooks=(HOOK,)),
    ),
)


@pytest.mark.parametrize("mode", ["SYNC", "ASYNC"])
async def test_a_plugin_whose_outcome_is_unknown_is_told_of_the_undo_too(store: Store, mode: str) -> None:
    """It was given the delivery, did its part, and its answer never came: the policy FAIL takes the step back."""
    flow = FILL
    if mode == "ASYNC":
        (step,) = FILL.steps
        assert isinstance(step, WriteStep)
        flow = replace(FILL, steps=(replace(step, hooks=(replace(HOOK, deadline=timedelta(milliseconds=600)),)),))
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    for tag in ("good", "silent"):
        await add_reader(store, tag, FILLED, mode=mode)
        await connect(store, tag, ["a"])
    answers: list[int] = []

    async def silent_at_first(delivery: DeliveryRecord) -> Outcome:
        answers.append(delivery.payload["after"])
        if len(answers) == 1:
            while (await store.collection(DELIVERIES).find_one({"_id": delivery.id}) or {})["status"] != "TIMED_OUT":
                pass
        return Complete()

    async with toy_engine(store, replace(FAST, delivery_lease=60_000), flows=(*FLOWS, flow)) as engine:
        async with toy_plugin(engine, "good") as good, toy_plugin(engine, "silent", silent_at_first) as silent:
            run = (await engine.submit(flow, Fill("a"), principal=ADA)).record
            assert run is not None
            after = await ended(engine, run.id)
        assert await swept(store, engine) == []
    assert (after.status, after.failure and after.failure.code) == (RunStatus.FAILED, "PLUGIN_TIMEOUT")
    assert await beans(store, "a") == 5
    for plugin in (good, silent):
        assert [item.payload for item in plugin.got] == [{"before": 5, "after": 15}, {"before": 15, "after": 5}]
        first, second = plugin.got
        assert first.id != second.id and first.seq < second.seq
        assert (first.hook_id, first.run_id) == (second.hook_id, second.run_id) == (FILLED, run.id)
    assert silent.errors == ["STALE_ATTEMPT"]
