"""The toy service's step over many objects: beans are taken out of every jar, three jars a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flows import Change, Flow, OnRefused, PagedStep, Refusal, StepContext, WriteStep
from tests.support.toy_service import FLOWS, Adjust, JarDocument, TradeDocument, drop_trade, open_trade

SIZE = 3


@dataclass(frozen=True)
class Levy:
    """Beans to take out of every jar but the spared ones.

    Attributes:
        go_on: whether a jar that has too few lets the others go on.
        allowed: whether the levy stands in the end, or is refused once all is done.
    """

    count: int
    go_on: bool = False
    allowed: bool = True
    spared: tuple[str, ...] = ()


def from_jar(ctx: StepContext[Levy], jar: JarDocument) -> Adjust | None:
    """The adjustment of one jar."""
    return None if jar.id in ctx.params.spared else Adjust(jar.id, -ctx.params.count)


async def close_levy(ctx: StepContext[Levy], levy: TradeDocument | None) -> Change | Refusal:
    """The levy is done, or refused after all."""
    if levy is None or not ctx.params.allowed:
        return Refusal("NOT_ALLOWED", "the levy is not allowed")
    return Change(levy.model_copy(update={"state": "DONE"}), result=ctx.results["jars"])


PAGES: PagedStep[Levy, JarDocument] = PagedStep(
    tag="jars",
    flow="adjust",
    document=JarDocument,
    where=lambda ctx: {},
    child=from_jar,
    size=SIZE,
    on_refused=lambda ctx: OnRefused.CONTINUE if ctx.params.go_on else OnRefused.STOP,
    undo=lambda ctx, params, results: Adjust(params.jar_id, -params.delta),
)

LEVY = Flow(
    tag="levy",
    params=Levy,
    steps=(
        WriteStep(
            tag="reserve",
            document=TradeDocument,
            subject=lambda ctx: ctx.new_id(),
            change=open_trade,
            undo=drop_trade,
        ),
        PAGES,
        WriteStep(tag="commit", document=TradeDocument, subject=lambda ctx: ctx.new_id(), change=close_levy),
    ),
)

LEVYING: tuple[Flow[Any], ...] = (*FLOWS, LEVY)
