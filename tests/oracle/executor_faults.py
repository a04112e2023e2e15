"""Mistakes that an executor could make."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import gateway.executor.entities as entities
import gateway.executor.gather as gather
import gateway.executor.merge as merge
import gateway.executor.roots as roots
from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import Batch, Gatherer
from gateway.executor.project import Projector
from gateway.executor.run import Run
from gateway.planner.nodes import Cast
from tests.oracle.faults import Fault, changed, instead


def _undiscerning(right: Any, value: dict[str, Any]) -> Any:
    return repr(sorted(value))


def _never_equal(right: Any, value: dict[str, Any]) -> Any:
    return right + str(id(value)).encode() if isinstance(right, bytes) else right + str(id(value))


def _first_only(original: Any, entity: dict[str, Any], targets: Any) -> None:
    original(entity, targets[:1])


def _overwrite(original: Any, target: dict[str, Any], source: dict[str, Any]) -> None:
    target.update(source)


def _later_list(right: Any, known: Any, value: Any) -> Any:
    return value if isinstance(value, list) else right


def _cast_free(original: Any, data: Any, path: Any) -> Any:
    return original(data, tuple(item for item in path if not isinstance(item, Cast)))


def _flat(original: Any, value: Any, location: Any) -> Any:
    """Lists in lists are not entered."""
    if isinstance(value, list):
        value = [item for item in value if not isinstance(item, list)]
    return original(value, location)


def _given_only(original: Any, self: Gatherer, conditions: Any) -> None:
    original(self, {name: value for name, value in conditions.items() if value is not True})


def _without_nulls(right: Any, *_: Any) -> Any:
    return right and {name: value for name, value in right.items() if value is not None}


def _first_place(original: Any, batch: Batch, position: int | None = None) -> Any:
    return iter([*original(batch, position)][:1])


def _null_kept(original: Any, self: Projector, field: Any, location: Any) -> None:
    return None


def _shown(original: Any, self: Projector, value: Any, selection: Any, location: Any) -> Any:
    fields = original(self, value, selection, location)
    return tuple(reversed(fields))


def _once(original: Any, self: Run, node: Any, response: Any) -> None:
    """The answer is given to the first place only."""

    def first(data: Any, path: Any) -> Any:
        return iter([*gather.objects_at(data, path)][:1])

    with patch.object(roots, "objects_at", first):
        original(self, node, response)


FAULTS = (
    Fault("entities: taken for equal by the names of their keys", gather, "exact", changed(_undiscerning)),
    Fault("entities: asked for once per place", gather, "exact", changed(_never_equal)),
    Fault("entities: given to the first place only", entities, "_scatter", instead(_first_only)),
    Fault("merge: nulls and objects overwrite", merge, "merge_object", instead(_overwrite)),
    Fault("merge: the later list wins", merge, "_merge_values", changed(_later_list)),
    Fault("paths: types are not looked at", gather, "objects_at", instead(_cast_free)),
    Fault("paths: lists in lists are not entered", gather, "_objects_in", instead(_flat)),
    Fault("renames: not undone", merge, "_objects", instead(lambda *_: iter(()))),
    Fault("conditions: only false ones are known", Gatherer, "__init__", instead(_given_only)),
    Fault("representations: without nulls", Gatherer, "represent", changed(_without_nulls)),
    Fault("errors: of entities at the first place only", Batch, "locations", instead(_first_place)),
    Fault("errors: never explain what is missing", ErrorLog, "covers", changed(lambda *_: False)),
    Fault("nulls: not refused where none may be", Projector, "_refuse_null", instead(_null_kept)),
    Fault("output: fields in reverse", Projector, "_fields", instead(_shown)),
    Fault("roots: shown at the first place only", Run, "take_root", instead(_once)),
)
