"""Recorded histories, replayed against the pure rules: runs that are parked now end where they would have.

Where a change is meant, `python -m tests.histories` shows what differs, and `--write` keeps it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from izara.services import SERVICES
from tests.histories.events import decide
from tests.histories.files import FLOWS_OF, FOLDER, SHAPES, STEPS, file_of, steps_of

FILES = sorted(FOLDER.glob("*.json"))


def test_every_shape_has_a_history() -> None:
    assert sorted(file_of(shape) for shape in SHAPES) == FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rules_decide_as_they_did(file: Any) -> None:
    history = json.loads(file.read_text())
    for run in history["runs"]:
        flow = FLOWS_OF[run["service"], run["flow"], run["version"]]
        for event in run["events"]:
            assert decide(event, flow) == event["decided"], f"{history['about']} at {event['event']}"
        assert run["events"], f"a run of {run['flow']} has no history"


def test_steps_change_with_the_version_of_their_flow() -> None:
    """A parked run goes on by the tags of its version's steps, and is undone by them."""
    known: dict[str, list[str]] = json.loads(STEPS.read_text())
    now = steps_of({tag: service.flows for tag, service in SERVICES.items()})
    for name, steps in now.items():
        assert name in known, f"{name} is new: keep it with `python -m tests.histories --write`"
        assert steps[: len(known[name])] == known[name], (
            f"the steps of {name} were {known[name]}: runs that are parked in them would be lost. Give the flow another"
            " version and keep this one in `earlier` (docs/flows.md), or keep the new steps if no such run can be there"
        )
