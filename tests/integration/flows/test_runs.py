"""Runs, hooks and deliveries on a real store (architecture §5, §6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from flows import Engine, Flow
from flows.grants import PAGE
from flows.outcomes import Complete, Fail, Outcome, Reject, Retry
from flows.records import DELIVERIES, DeliveryRecord, RunRecord, RunStatus
from flows.submission import RunView
from identity import CodedError, Principal, PrincipalKind
from store import Store
from tests.support.toy_plugin import toy_plugin
from tests.support.toy_service import (
    ADA,
    ADJUST,
    CHANGED,
    FAST,
    TRADE,
    Adjust,
    Trade,
    add_jar,
    add_plugin,
    beans,
    connect,
    hasty,
    prepare_toys,
    toy_engine,
)
from tests.support.world import swept

ASYNC = {"mode": "ASYNC"}
SYNC = {"mode": "SYNC"}


async def adjust(engine: Engine, jar: str, delta: int, key: str | None = None) -> RunRecord:
    """Submit an adjustment as ada."""
    submission = await engine.submit(ADJUST, Adjust(jar, delta), principal=ADA, idempotency_key=key)
    assert submission.record is not None
    return submission.record


async def ended(engine: Engine, run_id: str) -> RunRecord:
    """The run once it is terminal."""
    async with asyncio.timeout(15):
        async for view in engine.watch_runs(id=run_id):
            if view.run.terminal:
                return view.run
    raise AssertionError("the watch ended")


async def test_a_run_without_plugins_writes_its_change_and_completes(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        assert await swept(store, engine) == []
    assert run.status is RunStatus.COMPLETED
    assert run.results["commit"] == {"before": 5, "after": 3}
    assert await beans(store, "a") == 3


async def test_a_refusal_rejects_the_run_with_its_code_and_changes_nothing(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 1)
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        assert await swept(store, engine) == []
    assert run.status is RunStatus.REJECTED
    assert [(error.code, error.field) for error in run.errors] == [("EMPTY", ["delta"])]
    assert await beans(store, "a") == 1


async def test_an_input_that_fails_the_check_starts_no_run(store: Store) -> None:
    await prepare_toys(store)
    async with toy_engine(store) as engine:
        submission = await engine.submit(ADJUST, Adjust("a", 0), principal=ADA)
    assert submission.record is None
    assert [error.code for error in submission.errors] == ["ZERO"]


async def test_an_async_plugin_parks_the_run_until_it_has_completed(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a"])
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        assert run.status is RunStatus.AWAITING
        assert (await engine.view(run)).awaiting == ["p"]
        async with toy_plugin(engine, "p") as plugin:
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
        assert [(item.hook_id, item.payload["after"], item.attempt) for item in plugin.got] == [(CHANGED, 3, 1)]
        assert await swept(store, engine) == []


async def test_several_async_plugins_complete_the_run_once_when_the_last_has(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    for tag in ("p", "q", "r"):
        await add_plugin(store, tag, changed=ASYNC)
        await connect(store, tag, ["a"])
    async with toy_engine(store) as engine:
        run = await adjust(engine, "a", -2)
        assert (await engine.view(run)).awaiting == ["p", "q", "r"]
        async with toy_plugin(engine, "q"), toy_plugin(engine, "p"):
            async with asyncio.timeout(10):
                async for view in engine.watch_runs(id=run.id):
                    if view.awaiting == ["r"]:
                        break
        async with toy_plugin(engine, "r"):
            assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
        assert await swept(store, engine) == []


async def test_a_sync_veto_rejects_the_run_under_the_plugins_code(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "guard", before=SYNC)
    await connect(store, "guard", ["a"])

    async def veto(delivery: DeliveryRecord) -> Outcome:
        return Reject("TOO_FEW", f"{delivery.payload['after']} is too few")

    async with toy_engine(store) as engine, toy_plugin(engine, "guard", veto):
        run = await adjust(engine, "a", -2)
        assert await swept(store, engine) == []
    assert run.status is RunStatus.REJECTED
    assert [(item.plugin_tag, item.code) for item in run.rejections] == [("guard", "TOO_FEW")]
    assert [error.message for error in run.errors] == ["3 is too few"]
    assert await beans(store, "a") == 5


async def test_a_backlog_does_not_hide_what_a_caller_waits_for(store: Store) -> None:
    """The worker has all in hand that it may, and pages of others are due before the one that is asked for now."""
    await prepare_toys(store)
    for jar in ("a", "b"):
        await add_jar(store, jar, 5)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a", "b"])
    async with toy_engine(store, replace(FAST, delivery_lease=60_000)) as engine:
        await adjust(engine, "a", -1)
        async with engine.grants("p", "worker", None, 1) as grants:
            held = await granted(grants)
            row = {**held.to_mongo(), "status": "PENDING", "next_at": 1, "leased_until": 0}
            copies = [{**row, "_id": f"copy{number}", "queue": f"queue{number}"} for number in range(2 * PAGE)]
            await store.collection(DELIVERIES).insert_many(copies)
            await store.collection("registrar_plugins").delete_one({"_id": "p"})
            await add_plugin(store, "p", before=SYNC)
            call = asyncio.create_task(adjust(engine, "b", -1))
            asked = await granted(grants)
            assert (asked.mode, asked.subject) == ("SYNC", "toy_jars:b")
            assert await engine.reply("p", asked.id, asked.attempt, Complete()) == []
            assert (await call).status is RunStatus.COMPLETED


async def granted(grants: AsyncIterator[DeliveryRecord | None]) -> DeliveryRecord:
    """The next delivery that is granted."""
    async with asyncio.timeout(10):
        async for delivery in grants:
            if delivery is not None:
                return delivery
    raise AssertionError("the grants ended")


async def test_two_changes_that_are_allowed_alone_but_not_together(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "guard", before=SYNC)
    await connect(store, "guard", ["a"])

    async def floor(delivery: DeliveryRecord) -> Outcome:
        return Complete() if delivery.payload["after"] >= 3 else Reject("FLOOR", "under three")

    async with toy_engine(store) as engine, toy_plugin(engine, "guard", floor):
        runs = await asyncio.gather(adjust(engine, "a", -2), adjust(engine, "a", -2))
    assert sorted(run.status for run in runs) == [RunStatus.COMPLETED, RunStatus.REJECTED]
    assert await beans(store, "a") == 3


async def test_amendments_apply_in_the_declared_order_and_are_validated(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 100)
    await add_plugin(store, "double", before={"mode": "SYNC", "after": ["less"]})
    await add_plugin(store, "less", before=SYNC)
    for tag in ("double", "less"):
        await connect(store, tag, ["a"])

    async def double(delivery: DeliveryRecord) -> Outcome:
        return Complete({"delta": 2 * (delivery.payload["after"] - delivery.payload["before"])})

    async def less(delivery: DeliveryRecord) -> Outcome:
        return Complete({"delta": delivery.payload["after"] - delivery.payload["before"] + 1})

    async with toy_engine(store) as engine, toy_plugin(engine, "double", double), toy_plugin(engine, "less", less):
        run = await adjust(engine, "a", -4)
    assert run.status is RunStatus.COMPLETED
    assert await beans(store, "a") == 94


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_what_a_sync_handler_causes_is_waited_for_as_long_as_the_handler_itself(
    store: Store, mode: dict[str, str]
) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_jar(store, "b", 5)
    await add_plugin(store, "p", changed=mode)
    await connect(store, "p", ["a"])
    plugin = Principal(PrincipalKind.PLUGIN, "p", "p")
    async with toy_engine(store) as engine:

        async def moves_another(delivery: DeliveryRecord) -> Outcome:
            caused = await engine.submit(ADJUST, Adjust("b", -1), principal=plugin, delivery_id=delivery.id)
            assert caused.record is not None
            assert caused.record.sync_deadline == (delivery.expires_at if mode is SYNC else None)
            assert mode is ASYNC or delivery.expires_at is not None
            return Complete()

        async with toy_plugin(engine, "p", moves_another):
            run = await ended(engine, (await adjust(engine, "a", -1)).id)
    assert run.status is RunStatus.COMPLETED
    assert await beans(store, "b") == 4


async def test_plugins_that_amend_one_after_the_other_share_the_budget_of_their_hook(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 100)
    await add_plugin(store, "first", before=SYNC)
    await add_plugin(store, "second", before={"mode": "SYNC", "after": ["first"]})
    for tag in ("first", "second"):
        await connect(store, tag, ["a"])
    ends: list[int | None] = []

    async with toy_engine(store) as engine:

        async def note(delivery: DeliveryRecord) -> Outcome:
            ends.append(delivery.expires_at)
            while engine.clock.now() == delivery.created_at:
                pass  # A millisecond at most: the other's budget would end later if it had one of its own.
            return Complete()

        async with toy_plugin(engine, "first", note), toy_plugin(engine, "second", note):
            run = await adjust(engine, "a", -4)
    assert run.status is RunStatus.COMPLETED
    assert len(ends) == 2 and ends[0] is not None and ends[0] == ends[1]


@pytest.mark.parametrize(("policy", "status"), [("FAIL", RunStatus.REJECTED), ("CONTINUE", RunStatus.COMPLETED)])
async def test_a_sync_plugin_that_does_not_answer_follows_its_failure_policy(
    store: Store, policy: str, status: RunStatus
) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "mute", before={"mode": "SYNC", "on_failure": policy})
    await connect(store, "mute", ["a"])
    flows = hasty(100)
    async with toy_engine(store, flows=flows) as engine:
        submission = await engine.submit(flows[0], Adjust("a", -2), principal=ADA)
    run = submission.record
    assert run is not None
    assert run.status is status
    late = run.rejections if policy == "FAIL" else run.skipped
    assert [(item.plugin_tag, item.code) for item in late] == [("mute", "PLUGIN_TIMEOUT")]


@pytest.mark.parametrize(("policy", "status"), [("FAIL", RunStatus.FAILED), ("CONTINUE", RunStatus.COMPLETED)])
async def test_who_was_late_is_shown_while_the_run_still_waits_for_others(
    store: Store, policy: str, status: RunStatus
) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "mute", changed={"mode": "SYNC", "on_failure": policy})
    await add_plugin(store, "later", changed=ASYNC)
    for tag in ("mute", "later"):
        await connect(store, tag, ["a"])
    flows = hasty(100)
    async with toy_engine(store, flows=flows) as engine:
        submission = await engine.submit(flows[0], Adjust("a", -2), principal=ADA)
        assert submission.record is not None
        parked = await engine.view(submission.record)
        assert (parked.run.status, parked.awaiting) == (RunStatus.AWAITING, ["later"])
        assert [item.plugin_tag for item in (parked.run.rejections + parked.run.skipped)] == ["mute"]
        async with toy_plugin(engine, "later"):
            run = await ended(engine, parked.run.id)
        late = run.rejections if policy == "FAIL" else run.skipped
        assert run.status is status
        assert late == (parked.run.rejections if policy == "FAIL" else parked.run.skipped)
        assert await engine.view(run) == RunView(run, [])


@pytest.mark.parametrize(
    ("plugin", "connection", "status"),
    [
        ("FAIL", "CONTINUE", RunStatus.COMPLETED),
        ("CONTINUE", "FAIL", RunStatus.REJECTED),
        ("CONTINUE", None, RunStatus.COMPLETED),
    ],
)
async def test_a_connections_own_failure_policy_is_the_one_that_stood_when_the_plugin_was_asked(
    store: Store, plugin: str, connection: str | None, status: RunStatus
) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "mute", before={"mode": "SYNC", "on_failure": plugin})
    await connect(store, "mute", ["a"], on_failure=connection)

    async def changes_its_mind() -> None:
        asked = None
        while asked is None:
            asked = await store.collection("flows_deliveries").find_one({"plugin_tag": "mute"})
        assert asked["connections"][0]["on_failure"] == connection
        other = "CONTINUE" if status is RunStatus.REJECTED else "FAIL"
        await store.collection("registrar_connections").update_many({}, {"$set": {"on_failure": other}})

    flows = hasty(300)
    async with toy_engine(store, flows=flows) as engine, asyncio.TaskGroup() as tasks:
        tasks.create_task(changes_its_mind())
        submission = await engine.submit(flows[0], Adjust("a", -2), principal=ADA)
    assert submission.record is not None and submission.record.status is status


async def test_deliveries_of_one_plugin_and_subject_come_one_by_one_in_order(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 50)
    await add_jar(store, "b", 50)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a", "b"])
    async with toy_engine(store) as engine:
        for _ in range(10):
            await adjust(engine, "a", -1)
        last = await adjust(engine, "b", -1)
        async with toy_plugin(engine, "p") as plugin, toy_plugin(engine, "p", worker="w2") as other:
            async with asyncio.timeout(20):
                while [item async for item in store.collection("flows_runs").find({"status": "AWAITING"})]:
                    await ended(engine, last.id)
        got = [item for item in plugin.got + other.got if item.subject.endswith(":a")]
    assert len({(item.id, item.attempt) for item in got}) == len(got), "an attempt was handed out twice"
    first: dict[str, int] = {}  # Where the machine is slow, a lease may run out, and the delivery comes once more.
    for item in sorted(got, key=lambda item: item.updated_at):
        first.setdefault(item.id, item.payload["after"])
    assert list(first.values()) == list(range(49, 39, -1))


async def test_a_delivery_that_is_tried_later_does_not_wait_for_those_behind_it(store: Store) -> None:
    """What is behind it in the order has been due for longer, and must not hide it."""
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a"])

    async def at_the_second_try(delivery: DeliveryRecord) -> Outcome:
        return Retry(0.02) if delivery.attempt == 1 else Complete()

    async with toy_engine(store) as engine:
        runs = [await adjust(engine, "a", -1) for _ in range(3)]
        async with toy_plugin(engine, "p", at_the_second_try) as plugin:
            for run in runs:
                assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
    assert [item.payload["after"] for item in plugin.got] == [4, 4, 3, 3, 2, 2]


async def test_the_same_key_attaches_to_the_run_and_another_input_is_refused(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    async with toy_engine(store) as engine:
        first, second = await asyncio.gather(adjust(engine, "a", -2, "k"), adjust(engine, "a", -2, "k"))
        assert first.id == second.id
        assert await beans(store, "a") == 3
        with pytest.raises(CodedError, match="used before") as caught:
            await adjust(engine, "a", -1, "k")
    assert caught.value.code == "BAD_USER_INPUT"
    assert await beans(store, "a") == 3


@pytest.mark.parametrize("code", ["CONFLICT", "UNAVAILABLE"])
@pytest.mark.parametrize("in_child", [False, True])
async def test_a_veto_is_kept_under_its_key_whatever_its_code(store: Store, code: str, in_child: bool) -> None:
    """CONFLICT and UNAVAILABLE are not kept where the platform itself says so; here a plugin did."""
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "guard", before=SYNC)
    await connect(store, "guard", ["a"])
    flow: Flow[Any] = TRADE if in_child else ADJUST
    params: Any = Trade({"a": 1}) if in_child else Adjust("a", -1)

    async def veto_once(delivery: DeliveryRecord) -> Outcome:
        return Complete() if len(guard.got) > 1 else Reject(code, "not today")

    async with toy_engine(store) as engine, toy_plugin(engine, "guard", veto_once) as guard:
        answers = [await engine.submit(flow, params, principal=ADA, idempotency_key="k") for _ in range(2)]
    for answer in answers:
        assert answer.record is not None and answer.record.status is RunStatus.REJECTED
        assert [(error.code, error.message) for error in answer.errors] == [(code, "not today")]
    assert len(guard.got) == 1
    assert await beans(store, "a") == 5


async def test_children_are_all_or_nothing(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_jar(store, "b", 1)
    async with toy_engine(store) as engine:
        good = (await engine.submit(TRADE, Trade({"a": 1, "b": 1}), principal=ADA)).record
        bad = (await engine.submit(TRADE, Trade({"a": 1, "b": 1}), principal=ADA)).record
        assert good is not None and bad is not None
        assert good.status is RunStatus.COMPLETED
        assert (await ended(engine, bad.id)).status is RunStatus.REJECTED
        assert await swept(store, engine) == []
    assert [error.code for error in bad.errors] == ["EMPTY"]
    assert (await beans(store, "a"), await beans(store, "b")) == (4, 0)
    states = [row["state"] async for row in store.collection("toy_trades").find({})]
    assert sorted(states) == ["DONE", "DROPPED"]


async def test_a_head_that_failed_is_leased_again_before_those_behind_it(store: Store) -> None:
    """It comes due later than they do, and they may not go before it."""
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "p", changed=ASYNC)
    await connect(store, "p", ["a"])
    failed: list[str] = []

    async def fail_once(delivery: DeliveryRecord) -> Outcome:
        if failed:
            return Complete()
        failed.append(delivery.id)
        return Fail("not yet")

    async with toy_engine(store) as engine:
        runs = [await adjust(engine, "a", -1) for _ in range(3)]
        async with toy_plugin(engine, "p", fail_once) as plugin:
            for run in runs:
                assert (await ended(engine, run.id)).status is RunStatus.COMPLETED
        assert [item.payload["after"] for item in plugin.got] == [4, 4, 3, 2]
