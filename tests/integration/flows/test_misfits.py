"""What plugins give back that their hook cannot take: caller and author are told at once, each what is theirs."""

from __future__ import annotations

from typing import Any

import pytest

from flows.outcomes import Complete, Outcome, Reject
from flows.records import DELIVERIES, DeliveryRecord, RunStatus
from store import Store
from tests.integration.flows.test_runs import adjust, ended
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import BEFORE, CHANGED, add_jar, add_plugin, beans, connect, prepare_toys, toy_engine

POLICIES = ["FAIL", "CONTINUE"]


async def prepared(store: Store, *tags: str, **hooks: dict[str, Any]) -> None:
    """A jar of ten beans, with SYNC plugins."""
    await prepare_toys(store)
    await add_jar(store, "a", 10)
    for tag in tags:
        await add_plugin(store, tag, **hooks)
        await connect(store, tag, ["a"])


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("result", "place"), [({"delta": "many"}, "at delta"), ({}, "at delta"), ([1], "as a whole"), (7, "as a whole")]
)
async def test_an_amendment_of_the_wrong_shape_is_told_at_once(
    store: Store, policy: str, result: Any, place: str
) -> None:
    await prepared(store, "p", before={"mode": "SYNC", "on_failure": policy})

    async def misfit(delivery: DeliveryRecord) -> Outcome:
        return Complete(result)

    async with toy_engine(store) as engine, toy_plugin(engine, "p", misfit) as plugin:
        run = await adjust(engine, "a", -2)
    (stored,) = await store.collection(DELIVERIES).find({"plugin_tag": "p"}).to_list()
    told = run.rejections if policy == "FAIL" else run.skipped
    assert [(item.plugin_tag, item.code) for item in told] == [("p", "BAD_AMENDMENT")]
    for part in ("'p'", BEFORE, place, f"onFailure: {policy}"):
        assert part in told[0].message
    assert run.status is (RunStatus.REJECTED if policy == "FAIL" else RunStatus.COMPLETED)
    assert [error.code for error in run.errors] == ["BAD_AMENDMENT"] * (policy == "FAIL")
    assert await beans(store, "a") == (10 if policy == "FAIL" else 8)
    assert plugin.errors == ["BAD_RESULT"]
    assert (stored["status"], stored["attempt"], stored["last_error_code"]) == ("FAILED", 1, "BAD_RESULT")
    assert place in stored["last_error"]


async def test_the_author_is_told_the_field_and_the_delivery_as_often_as_it_is_sent(store: Store) -> None:
    await prepared(store, "p", before={"mode": "SYNC"})
    async with toy_engine(store) as engine:
        replies = []

        async def misfit(delivery: DeliveryRecord) -> Outcome:
            replies.append(delivery)
            return Complete({"delta": None})

        async with toy_plugin(engine, "p", misfit):
            await adjust(engine, "a", -2)
        (delivery,) = replies
        for _ in range(2):
            (error,) = await engine.reply("p", delivery.id, delivery.attempt, Complete({"delta": None}))
            assert (error.code, error.field) == ("BAD_RESULT", ["outcome", "complete", "result", "delta"])
            assert delivery.id in error.message and BEFORE in error.message
        (late,) = await engine.reply("p", delivery.id, delivery.attempt, Complete({"delta": -1}))
        assert late.code == "STALE_ATTEMPT"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("misfit", "told"),
    [
        (0, "delta is 0"),  # ZERO: the flow's own check
        (-11, "the jar holds 10"),  # EMPTY: what its step finds with the document
    ],
)
async def test_an_amendment_that_is_no_valid_input_follows_the_policy_and_the_others_apply(
    store: Store, policy: str, misfit: int, told: str
) -> None:
    await prepared(store, "first", "second", before={"mode": "SYNC", "on_failure": policy})

    async def misfitting(delivery: DeliveryRecord) -> Outcome:
        return Complete({"delta": misfit})

    async def one_more(delivery: DeliveryRecord) -> Outcome:
        return Complete({"delta": delivery.payload["after"] - delivery.payload["before"] - 1})

    async with (
        toy_engine(store) as engine,
        toy_plugin(engine, "first", misfitting),
        toy_plugin(engine, "second", one_more) as second,
    ):
        run = await adjust(engine, "a", -2)
    (item,) = run.rejections if policy == "FAIL" else run.skipped
    assert (item.plugin_tag, item.code) == ("first", "BAD_AMENDMENT")
    assert told in item.message and BEFORE in item.message
    assert (run.status, await beans(store, "a"), len(second.got)) == (
        (RunStatus.REJECTED, 10, 0) if policy == "FAIL" else (RunStatus.COMPLETED, 7, 1)
    )


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_result_where_none_is_taken_is_told_at_once(store: Store, policy: str) -> None:
    await prepared(store, "p", changed={"mode": "SYNC", "on_failure": policy})

    async def chatty(delivery: DeliveryRecord) -> Outcome:
        return Complete("done")

    async with toy_engine(store) as engine, toy_plugin(engine, "p", chatty) as plugin:
        run = await adjust(engine, "a", -2)
    told = run.rejections if policy == "FAIL" else run.skipped
    assert [(item.plugin_tag, item.code) for item in told] == [("p", "BAD_RESULT")]
    assert CHANGED in told[0].message
    assert (run.status, plugin.errors) == (
        RunStatus.FAILED if policy == "FAIL" else RunStatus.COMPLETED,
        ["BAD_RESULT"],
    )
    assert await beans(store, "a") == 8


async def test_an_async_plugin_may_correct_its_answer(store: Store) -> None:
    await prepared(store, "p", before={"mode": "ASYNC"})
    async with toy_engine(store) as engine:

        async def at_the_second_try(delivery: DeliveryRecord) -> Outcome:
            (error,) = await engine.reply("p", delivery.id, delivery.attempt, Complete({"delta": "many"}))
            assert error.code == "BAD_RESULT"
            return Complete({"delta": -1})

        async with toy_plugin(engine, "p", at_the_second_try) as plugin:
            run = await adjust(engine, "a", -2)
            async for view in engine.watch_runs(id=run.id):
                if view.run.terminal:
                    break
    assert (view.run.status, plugin.errors) == (RunStatus.COMPLETED, [])
    assert await beans(store, "a") == 9


@pytest.mark.parametrize("mode", ["SYNC", "ASYNC"])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("code", "flaw"), [("", "blank"), ("N" * 101, "101 characters")])
async def test_a_veto_with_a_code_that_cannot_be_told_is_a_veto(
    store: Store, mode: str, policy: str, code: str, flaw: str
) -> None:
    await prepared(store, "p", before={"mode": mode, "on_failure": policy})

    async def badly(delivery: DeliveryRecord) -> Outcome:
        return Reject(code, "too few beans")

    async with toy_engine(store) as engine, toy_plugin(engine, "p", badly) as plugin:
        run = await ended(engine, (await adjust(engine, "a", -2)).id)
    (stored,) = await store.collection(DELIVERIES).find({"plugin_tag": "p"}).to_list()
    assert (run.status, run.skipped, await beans(store, "a")) == (RunStatus.REJECTED, [], 10)
    (told,) = run.rejections
    assert (told.plugin_tag, told.code, [error.code for error in run.errors]) == (
        "p",
        "BAD_REJECTION",
        ["BAD_REJECTION"],
    )
    for part in ("'p'", BEFORE, flaw, "too few beans"):
        assert part in told.message
    assert (stored["status"], stored["attempt"], stored["last_error_code"]) == ("REJECTED", 1, "BAD_RESULT")
    assert flaw in stored["last_error"] and plugin.errors == ["BAD_REJECTION"]
