"""The toy flow `adjust` in two versions: the second has one step less, and the other is renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import strawberry

from flows import Change, Flow, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from tests.support.toy_service import ADJUST, TRADE, Adjust, JarDocument, beans_after, jar_ref


@strawberry.type
class ToyAdjustStoreStored:
    jar_id: strawberry.ID
    after: int


async def store(ctx: StepContext[Adjust], jar: JarDocument | None) -> Change | Unchanged | Refusal:
    """Change the jar and tell its plugins, under names of its own."""
    after = beans_after(ctx.params, jar)
    if isinstance(after, Refusal) or jar is None:
        return after if isinstance(after, Refusal) else Unchanged()
    payload = ToyAdjustStoreStored(jar_id=strawberry.ID(jar.id), after=after)
    call: Mapping[str, HookCall] = {"stored": HookCall([jar_ref(jar.id)], payload)}
    return Change(jar.model_copy(update={"beans": after}), result={"after": after}, hooks=call)


SECOND: Flow[Any] = replace(
    ADJUST,
    version=2,
    steps=(
        WriteStep(
            tag="store",
            document=JarDocument,
            subject=lambda ctx: ctx.params.jar_id,
            change=store,
            hooks=(Hook("stored", ("Jar",), ToyAdjustStoreStored),),
        ),
    ),
)
"""Its steps `validate` and `commit` are gone."""

NEW_ONLY: tuple[Flow[Any], ...] = (SECOND, TRADE)
BOTH: tuple[Flow[Any], ...] = (replace(SECOND, earlier=(ADJUST,)), TRADE)
