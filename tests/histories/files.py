"""Where histories are kept, and how they are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flows import ChildrenStep, Flow, PagedStep, ValidateStep
from store import Store
from tests.histories import services, shapes
from tests.histories.recording import history, recording
from tests.histories.shapes import Shape
from tests.support.world import open_world

FOLDER = Path(__file__).parent / "recorded"
SHAPES = (*shapes.SHAPES, *services.SHAPES)
FLOWS_OF = {**shapes.FLOWS_OF, **services.FLOWS_OF}
STEPS = Path(__file__).parent / "steps.json"
"""The steps of every version of every flow that services have, or had."""


def file_of(shape: Shape) -> Path:
    """Where the history of a shape is kept."""
    return FOLDER / f"{shape.__name__}.json"


async def recorded(store: Store, shape: Shape) -> str:
    """The history of a shape as it comes out now."""
    async with open_world(store) as world:
        with recording() as recorder:
            await shape(world)
        about = (shape.__doc__ or "").strip()
        return as_text(history(recorder, await world.runs(), about))


def as_text(value: Any) -> str:
    """JSON that shows what changed line by line."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def steps_of(flows: Mapping[str, Iterable[Flow[Any]]]) -> dict[str, list[str]]:
    """The steps of the flows of each service, by service_flow and version."""
    return {
        f"{service}_{version.tag} {version.version}": [described(step) for step in version.steps]
        for service, of_service in flows.items()
        for flow in of_service
        for version in flow.versions
    }


KINDS: Mapping[type[Any], str] = {ValidateStep: "validate", ChildrenStep: "children", PagedStep: "pages"}


def described(step: Any) -> str:
    """What a parked run relies on of a step."""
    kind = next((name for cls, name in KINDS.items() if isinstance(step, cls)), "write")
    undone = not isinstance(step, ValidateStep) and step.undo is not None
    return f"{kind} {step.tag}{', undone' if undone else ''}"
