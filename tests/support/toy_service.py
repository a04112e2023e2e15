"""A small service to test the engine with: jars hold beans; a trade moves beans of several jars at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import strawberry
from pydantic import BaseModel

from flows import (
    ENGINE_INDEXES,
    Change,
    ChildrenStep,
    Engine,
    EngineSettings,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
    open_engine,
)
from flows.clock import Clock
from flows.schema import Step
from identity import Principal, PrincipalKind, RoleDocument
from store import ChangeHub, Store, VersionedDocument, init_documents, prepare

SERVICE = "toy"
ADA = Principal(PrincipalKind.USER, "ada", "Ada")
FAST = EngineSettings(
    run_lease=400,
    delivery_lease=400,
    sweep_interval=50,
    settle_delay=100,
    tidy_delay=100,
    heartbeat=200,
    retry_base=20,
)


class JarDocument(VersionedDocument):
    """Beans in a jar."""

    beans: int = 0

    class Settings:
        name = "toy_jars"


class TradeDocument(VersionedDocument):
    """A trade over several jars."""

    state: str

    class Settings:
        name = "toy_trades"


def jar_ref(id: str) -> str:
    """The object ref of a jar."""
    return f"{SERVICE}:Jar:{id}"


@dataclass(frozen=True)
class Adjust:
    """Beans to put in or take out."""

    jar_id: str
    delta: int


@dataclass(frozen=True)
class Trade:
    """Beans to take out of each jar, all or none."""

    takes: dict[str, int]


class Amendment(BaseModel):
    """What a plugin may change of an adjustment."""

    delta: int


@strawberry.type
class ToyAdjustValidateBeforeChange:
    jar_id: strawberry.ID
    before: int
    after: int


@strawberry.type
class ToyAdjustCommitChanged:
    jar_id: strawberry.ID
    before: int
    after: int


def beans_after(params: Adjust, jar: JarDocument | None) -> int | Refusal:
    """The beans that will be in the jar, or why they cannot be."""
    if jar is None:
        return Refusal("NOT_FOUND", "there is no such jar", ("jarId",))
    if jar.beans + params.delta < 0:
        return Refusal("EMPTY", f"the jar holds {jar.beans}", ("delta",))
    return jar.beans + params.delta


async def before_change(ctx: StepContext[Adjust], jar: JarDocument | None) -> Mapping[str, HookCall] | Refusal:
    """Ask the jar's plugins."""
    after = beans_after(ctx.params, jar)
    if isinstance(after, Refusal) or jar is None:
        return after if isinstance(after, Refusal) else {}
    payload = ToyAdjustValidateBeforeChange(jar_id=strawberry.ID(jar.id), before=jar.beans, after=after)
    return {"beforeChange": HookCall([jar_ref(jar.id)], payload)}


async def change(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change | Unchanged | Refusal:
    """Change the jar and tell its plugins."""
    after = beans_after(ctx.params, jar)
    if isinstance(after, Refusal) or jar is None:
        return after if isinstance(after, Refusal) else Unchanged()
    if after == jar.beans:
        return Unchanged(result={"after": after})
    payload = ToyAdjustCommitChanged(jar_id=strawberry.ID(jar.id), before=jar.beans, after=after)
    return Change(
        jar.model_copy(update={"beans": after}),
        result={"before": jar.beans, "after": after},
        hooks={"changed": HookCall([jar_ref(jar.id)], payload)},
    )


ADJUST = Flow(
    tag="adjust",
    params=Adjust,
    object_refs=lambda params: [jar_ref(params.jar_id)],
    check=lambda params: [Refusal("ZERO", "delta is 0", ("delta",))] if params.delta == 0 else [],
    steps=(
        ValidateStep(
            hooks=(
                Hook(
                    "beforeChange",
                    ("Jar",),
                    ToyAdjustValidateBeforeChange,
                    result=Amendment,
                    amend=lambda params, result: replace(params, delta=result.delta),
                    budget=timedelta(seconds=2),
                ),
            ),
            calls=before_change,
        ),
        WriteStep(
            document=JarDocument,
            subject=lambda ctx: ctx.params.jar_id,
            change=change,
            hooks=(Hook("changed", ("Jar",), ToyAdjustCommitChanged, budget=timedelta(seconds=1)),),
        ),
    ),
)


async def open_trade(ctx: StepContext[Trade], trade: TradeDocument | None) -> Change:
    """Store the trade before its jars change."""
    return Change(TradeDocument(id=ctx.new_id(), state="OPEN"), result={"id": ctx.new_id()})


async def drop_trade(ctx: StepContext[Trade], trade: TradeDocument | None) -> Change | Unchanged:
    """Take the trade back."""
    return Unchanged() if trade is None else Change(trade.model_copy(update={"state": "DROPPED"}))


async def takes(ctx: StepContext[Trade]) -> Mapping[str, Adjust]:
    """One adjustment for each jar."""
    return {jar: Adjust(jar, -count) for jar, count in ctx.params.takes.items()}


async def close_trade(ctx: StepContext[Trade], trade: TradeDocument | None) -> Change | Refusal:
    """The trade is done."""
    if trade is None:
        return Refusal("NOT_FOUND", "the trade is gone")
    return Change(trade.model_copy(update={"state": "DONE"}))


TRADE = Flow(
    tag="trade",
    params=Trade,
    steps=(
        WriteStep(
            tag="reserve",
            document=TradeDocument,
            subject=lambda ctx: ctx.new_id(),
            change=open_trade,
            undo=drop_trade,
        ),
        ChildrenStep(
            tag="jars",
            flow="adjust",
            children=takes,
            undo=lambda ctx, key, params, result: Adjust(params.jar_id, -params.delta),
        ),
        WriteStep(tag="commit", document=TradeDocument, subject=lambda ctx: ctx.new_id(), change=close_trade),
    ),
)

FLOWS: tuple[Flow[Any], ...] = (ADJUST, TRADE)
DOCUMENTS = (JarDocument, TradeDocument, RoleDocument)
BEFORE = "toy_adjust_validate_beforeChange"
CHANGED = "toy_adjust_commit_changed"


def hasty(milliseconds: int) -> tuple[Flow[Any], ...]:
    """The toy's flows, in which SYNC plugins have no more time than that."""
    steps: list[Step] = []
    for step in ADJUST.steps:
        assert isinstance(step, ValidateStep | WriteStep)
        budget = timedelta(milliseconds=milliseconds)
        steps.append(replace(step, hooks=tuple(replace(hook, budget=budget) for hook in step.hooks)))
    return replace(ADJUST, steps=tuple(steps)), TRADE


async def prepare_toys(store: Store) -> None:
    """Bind the documents and make the engine's indexes."""
    await init_documents(store, DOCUMENTS)
    await prepare(store, "flows", ENGINE_INDEXES)


async def add_jar(store: Store, id: str, beans: int) -> None:
    """Store a jar, as if a flow had."""
    jar = {"_id": id, "version": 1, "created_at": 1, "deleted": False, "effects": {}, "outbox": {}, "beans": beans}
    await store.collection("toy_jars").insert_one(jar)


async def beans(store: Store, id: str) -> int:
    """What is in the jar now."""
    found = await store.collection("toy_jars").find_one({"_id": id})
    assert found is not None
    return int(found["beans"])


async def connect(
    store: Store, plugin: str, jars: Sequence[str], owner: str = "toy:Shelf:s", **connection: Any
) -> None:
    """Connect a plugin to jars, as the registrar stores it."""
    for jar in jars:
        row = {
            "_id": f"{jar_ref(jar)}#{plugin}",
            "object_ref": jar_ref(jar),
            "owner_ref": owner,
            "plugin_tag": plugin,
            "config": {},
            "links": [],
            "status": "ACTIVE",
            "deleted": False,
            **connection,
        }
        await store.collection("registrar_connections").insert_one(row)


async def add_plugin(store: Store, tag: str, **hooks: Mapping[str, Any]) -> None:
    """Store a plugin's manifest; `before` and `changed` name the hooks, their values the settings."""
    ids = {"before": BEFORE, "changed": CHANGED}
    rows = [{"id": ids[name], **settings} for name, settings in hooks.items()]
    await store.collection("registrar_plugins").insert_one({"_id": tag, "enabled": True, "hooks": rows})


async def warm(store: Store) -> None:
    """Open connections that the engine will find: PyMongo leaves one unclosed if it is cancelled while it connects."""
    await asyncio.gather(*(store.database.command("ping") for _ in range(8)))


@asynccontextmanager
async def toy_engine(
    store: Store,
    settings: EngineSettings = FAST,
    clock: Clock | None = None,
    flows: Sequence[Flow[Any]] = FLOWS,
    service: str = SERVICE,
) -> AsyncIterator[Engine]:
    """An engine of the toy service on its own hub: what another process writes is found by sweeping alone."""
    await warm(store)
    async with open_engine(store, ChangeHub(), service, flows, settings, clock) as engine:
        yield engine
