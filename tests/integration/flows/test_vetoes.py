"""Answers of ASYNC plugins to a validate hook count whenever they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from flows import Engine, Flow, ValidateStep
from flows.delivery_store import DeliveryStore
from flows.outcomes import Reject
from flows.records import DeliveryRecord, RunStatus
from store import Store
from tests.support.toy_service import (
    ADA,
    ADJUST,
    TRADE,
    Adjust,
    add_jar,
    add_plugin,
    beans,
    connect,
    prepare_toys,
    toy_engine,
)
from tests.support.world import swept


def asking() -> Flow[Any]:
    """`adjust`, whose validate hook does not amend."""
    gate, write = ADJUST.steps
    assert isinstance(gate, ValidateStep)
    return replace(ADJUST, steps=(replace(gate, hooks=(replace(gate.hooks[0], amend=None, result=None),)), write))


ASKING = asking()


@contextmanager
def veto_after_the_first_look(engine: Engine) -> Iterator[None]:
    """The plugin's veto is stored when its run has read the delivery once."""
    read = DeliveryStore.read_many
    looked: list[str] = []

    async def then_veto(self: DeliveryStore, ids: Sequence[str]) -> dict[str, DeliveryRecord]:
        found = await read(self, ids)
        if found and not looked:
            looked.extend(found)
            (leased,) = await self.lease(list(found.values()), "w")
            assert await engine.reply("p", leased.id, leased.attempt, Reject("NO", "not this one")) == []
        return found

    with patch.object(DeliveryStore, "read_many", then_veto):
        yield
    assert looked


async def test_a_veto_between_two_looks_at_its_delivery_is_not_lost(store: Store) -> None:
    await prepare_toys(store)
    await add_jar(store, "a", 5)
    await add_plugin(store, "p", before={"mode": "ASYNC"})
    await connect(store, "p", ["a"])
    async with toy_engine(store, flows=(ASKING, TRADE)) as engine:
        with veto_after_the_first_look(engine):
            run = (await engine.submit(ASKING, Adjust("a", -2), principal=ADA)).record
        assert run is not None
        assert await swept(store, engine) == []
    assert run.status is RunStatus.REJECTED
    assert [item.code for item in run.rejections] == ["NO"]
    assert await beans(store, "a") == 5
