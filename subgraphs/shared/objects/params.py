"""Parameters of generated flows: dataclasses made of an objType's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, make_dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from flows.schema import Refusal
from subgraphs.shared.objects.obj_type import ObjType

GIVEN = "given"
"""In the parameters of an update: names of the fields that the caller gave, null or not."""


def create_params(obj_type: ObjType) -> type[Any]:
    """The owner's id and a value for each field."""
    owner = [] if obj_type.owner is None else [(obj_type.owner.field, str)]
    required: list[Any] = [(item.name, item.kind.param) for item in obj_type.fields if item.required]
    optional: list[Any] = [
        (item.name, item.kind.param | None, field(default=None)) for item in obj_type.fields if not item.required
    ]
    return make_dataclass(f"Create{obj_type.name}", [*owner, *required, *optional], frozen=True)


def update_params(obj_type: ObjType) -> type[Any]:
    """The object's id and a value for each field that is given."""
    values: list[Any] = [
        (item.name, item.kind.param | None, field(default=None)) for item in obj_type.fields if item.updatable
    ]
    given: Any = (GIVEN, list[str], field(default_factory=list))
    return make_dataclass(f"Update{obj_type.name}", [(obj_type.id_field, str), *values, given], frozen=True)


def delete_params(obj_type: ObjType) -> type[Any]:
    """The object's id."""
    return make_dataclass(f"Delete{obj_type.name}", [(obj_type.id_field, str)], frozen=True)


def check_create(obj_type: ObjType) -> Callable[[Any], Sequence[Refusal]]:
    """What is wrong with the values of a new object."""
    return lambda params: list(_refusals(obj_type, params, [item.name for item in obj_type.fields]))


def check_update(obj_type: ObjType) -> Callable[[Any], Sequence[Refusal]]:
    """What is wrong with the values to change; there is at least one."""

    def check(params: Any) -> Sequence[Refusal]:
        given: list[str] = getattr(params, GIVEN)
        if not given:
            names = ", ".join(to_camel(item.name) for item in obj_type.fields if item.updatable)
            return [Refusal("EMPTY", f"Give something to change: {names}.")]
        return list(_refusals(obj_type, params, given))

    return check


def _refusals(obj_type: ObjType, params: Any, names: Sequence[str]) -> Iterator[Refusal]:
    for item in obj_type.fields:
        if item.name not in names:
            continue
        value, path = getattr(params, item.name), (to_camel(item.name),)
        if value is not None:
            yield from item.kind.check(value, path)
        elif item.required:
            yield Refusal("NULL", f"{path[0]} cannot be null.", path)
