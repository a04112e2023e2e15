"""Merges what a subgraph answered into what is there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.planner.nodes import Key, Path, Rename


def merge_object(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Adds the source's values to the target, in depth; a null never replaces a value."""
    for key, value in source.items():
        known = target.get(key)
        if known is None:
            target[key] = value
        elif value is not None:
            target[key] = _merge_values(known, value)


def _merge_values(known: Any, value: Any) -> Any:
    if known is value:
        return known
    if isinstance(known, dict) and isinstance(value, dict):
        merge_object(known, value)
        return known
    if isinstance(known, list) and isinstance(value, list) and len(known) == len(value):
        return [
            right if left is None else left if right is None else _merge_values(left, right)
            for left, right in zip(known, value, strict=True)
        ]
    return value


def apply_renames(result: Any, renames: tuple[Rename, ...]) -> None:
    """Gives keys invented for the subgraph their real names. Deeper ones come first in `renames`."""
    for rename in renames:
        for item in _objects(result, rename.path):
            if rename.alias in item:
                item[rename.key] = item.pop(rename.alias)


def _objects(value: Any, path: Path) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif isinstance(path[0], Key):
            yield from _objects(value.get(path[0].name), path[1:])
