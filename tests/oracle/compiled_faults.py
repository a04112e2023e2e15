"""Mistakes that the generator of compiled plans could make, or the code around what it generates."""

from __future__ import annotations

from typing import Any

import gateway.executor.compiled.fetches as fetches
import gateway.executor.compiled.places as places
import gateway.executor.compiled.represent as represent
import gateway.executor.compiled.scatter as scatter
from gateway.executor.compiled.bodies import BodyTemplate
from gateway.executor.compiled.execution import Execution
from gateway.executor.compiled.flags import Flags
from gateway.executor.compiled.project import ProjectionWriter
from gateway.executor.compiled.represent import RepresentationWriter
from gateway.executor.compiled.steps import ParallelStep, SequenceStep, Then
from tests.oracle.faults import Fault, changed, instead


def _typeless(right: Any, *_: Any) -> Any:
    return None, right[1]


def _at_once(original: Any, sequence: SequenceStep, execution: Execution, then: Then) -> None:
    """Nothing waits for what comes before it."""
    ParallelStep(sequence._steps).start(execution, then)


def _shared(original: Any, value: Any) -> Any:
    return value


def _all_set(right: tuple[bool, ...], *_: Any) -> tuple[bool, ...]:
    return tuple(True for _ in right)


def _first_type(original: Any, writer: ProjectionWriter, name: str, by_type: dict[str, str], shows: bool) -> None:
    """Objects of all types are shown as those of the first."""
    original(writer, name, dict.fromkeys(by_type, next(iter(by_type.values()))), shows)


def _unsigned(right: str, *_: Any) -> str:
    return right.removeprefix("not ")


def _overwritten(original: Any, entity: dict[str, Any], slot: Any) -> None:
    for objects in slot:
        for item in objects:
            item.update(entity)


def _without_client(original: Any, template: BodyTemplate, given: Any, lists: Any = ()) -> bytes:
    """Variables of the client are lost where there are representations."""
    return bytes(original(template, {} if lists else given, lists))


def _first_member(right: str, writer: RepresentationWriter, target: Any) -> str:
    """A representation says its last field twice: the others are as good as lost."""
    values = [f"v{number}" for number in range(len(target.inputs))]
    for value in values:
        right = right.replace(f"dumps({value})", f"dumps({values[-1]})")
    return right


FAULTS = (
    Fault("compiled: entities of different types share a slot", represent, "_shape", changed(_typeless)),
    Fault("compiled: representations repeat their last field", RepresentationWriter, "_text", changed(_first_member)),
    Fault("compiled: all steps of a sequence start at once", SequenceStep, "start", instead(_at_once)),
    Fault("compiled: lists in lists are not entered", places, "_flatten", instead(lambda *_: None)),
    Fault("compiled: types are not looked at", places, "_cast", changed(lambda _, above, step: above)),
    Fault("compiled: what is there is overwritten", scatter, "_merge_deeply", instead(_overwritten)),
    Fault("compiled: places share what lies below them", scatter, "deepcopy", instead(_shared)),
    Fault("compiled: all conditions are met", Flags, "values", changed(_all_set)),
    Fault("compiled: @skip is read as @include", Flags, "test", changed(_unsigned)),
    Fault("compiled: all types are shown alike", ProjectionWriter, "_dispatch", instead(_first_type)),
    Fault("compiled: renames are not undone", fetches, "apply_renames", instead(lambda *_: None)),
    Fault("compiled: variables beside representations are lost", BodyTemplate, "fill", instead(_without_client)),
)
