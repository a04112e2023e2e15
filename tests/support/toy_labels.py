"""Flows of the toy service whose payloads are as large as one likes: a label of so many letters on a jar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry

from flows import Change, Flow, Hook, HookCall, Refusal, StepContext, ValidateStep, WriteStep
from store import Store
from tests.support.toy_service import ADJUST, TRADE, JarDocument, jar_ref

BEFORE, LABELLED = "toy_label_validate_beforeLabel", "toy_label_commit_labelled"


@dataclass(frozen=True)
class Label:
    """How many letters the plugins are told of before and after."""

    jar_id: str
    before: int = 1
    after: int = 1


@strawberry.type
class ToyLabelValidateBeforeLabel:
    text: str


@strawberry.type
class ToyLabelCommitLabelled:
    text: str
    lines: list[str]


async def before_label(ctx: StepContext[Label], jar: JarDocument | None) -> Mapping[str, HookCall] | Refusal:
    """Ask the jar's plugins."""
    return {
        "beforeLabel": HookCall([jar_ref(ctx.params.jar_id)], ToyLabelValidateBeforeLabel(text="b" * ctx.params.before))
    }


async def label(ctx: StepContext[Label], jar: JarDocument | None) -> Change | Refusal:
    """Count the label as a bean, and tell the jar's plugins."""
    if jar is None:
        return Refusal("NOT_FOUND", "there is no such jar", ("jarId",))
    payload = ToyLabelCommitLabelled(text="a" * ctx.params.after, lines=[f"{jar.beans}"])
    return Change(
        jar.model_copy(update={"beans": jar.beans + 1}), hooks={"labelled": HookCall([jar_ref(jar.id)], payload)}
    )


LABEL = Flow(
    tag="label",
    params=Label,
    object_refs=lambda params: [jar_ref(params.jar_id)],
    steps=(
        ValidateStep(hooks=(Hook("beforeLabel", ("Jar",), ToyLabelValidateBeforeLabel),), calls=before_label),
        WriteStep(
            document=JarDocument,
            subject=lambda ctx: ctx.params.jar_id,
            change=label,
            hooks=(Hook("labelled", ("Jar",), ToyLabelCommitLabelled),),
        ),
    ),
)
LABELS: tuple[Flow[Any], ...] = (ADJUST, TRADE, LABEL)


async def add_reader(store: Store, tag: str, *hooks: str, mode: str = "ASYNC") -> None:
    """Store the manifest of a plugin that takes these hooks."""
    rows = [{"id": hook, "mode": mode} for hook in hooks]
    await store.collection("registrar_plugins").insert_one({"_id": tag, "enabled": True, "hooks": rows})
