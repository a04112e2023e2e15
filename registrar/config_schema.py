"""Configs of connections and the JSON Schemas that plugins describe them with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing.exceptions import Unresolvable

LARGEST = 64 * 1024
"""Bytes that a config, or a schema, may have."""

DEEPEST = 20
"""Levels that a config may have."""


def schema_problems(schema: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with a schema of configs; empty where nothing is, or where there is no schema."""
    return list(_schema_problems(schema)) if schema is not None else []


def _schema_problems(schema: Mapping[str, Any]) -> Iterator[str]:
    if len(json.dumps(schema)) > LARGEST:
        yield f"configSchema is larger than {LARGEST} bytes."
        return
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        yield f"configSchema is no JSON Schema (draft 2020-12): {error.message[:200]} at {_place(error.absolute_path)}."
        return
    for reference in _references(schema):
        # A reference to elsewhere would make every connection depend on another machine.
        if not reference.startswith("#"):
            yield f"configSchema refers to {reference[:100]!r}; only references within it are allowed."


def config_problems(schema: Mapping[str, Any] | None, config: Mapping[str, Any]) -> list[str]:
    """What is wrong with a config, each with the place in it; a plugin without a schema takes any object."""
    if schema is None:
        return []
    try:
        errors = list(Draft202012Validator(dict(schema)).iter_errors(dict(config)))
    except (Unresolvable, RecursionError) as error:
        return [f"the plugin's configSchema cannot be followed: {error}"[:300]]
    errors.sort(key=lambda error: list(map(str, error.absolute_path)))
    return [f"{_place(error.absolute_path)}: {error.message[:200]}" for error in errors[:20]]


def storage_problems(config: Mapping[str, Any]) -> list[str]:
    """Why a config cannot be kept, each with the place in it; asked before anything is stored."""
    return list(_unstorable(config, ()))[:20]


def _unstorable(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """What no store keeps as it is: odd field names, numbers out of range, objects within objects without end."""
    if not path and len(json.dumps(value)) > LARGEST:
        yield f"config is larger than {LARGEST} bytes."
        return
    if len(path) > DEEPEST:
        yield f"{_place(path[:3])}: nested more than {DEEPEST} deep."
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not key or key.startswith("$") or "." in key or "\0" in key:
                yield f"{_place((*path, key[:80]))}: a field name must not be empty, begin with $ or contain a dot."
            yield from _unstorable(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unstorable(item, (*path, str(place)))
    elif isinstance(value, int | float) and not abs(value) < 2**63:
        yield f"{_place(path)}: {str(value)[:30]} is out of range."


def _place(path: Any) -> str:
    return "/".join(["config", *map(str, path)]) if path else "config"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ("$ref", "$dynamicRef") and isinstance(item, str):
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
