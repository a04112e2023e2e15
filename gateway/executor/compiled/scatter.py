"""Gives entities to the objects that wait for them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from gateway.executor.compiled.represent import Slot
from gateway.executor.merge import merge_object


def scatter(found: list[Any], slots: list[Slot], distinct: bool) -> bool:
    """Merges each entity into the objects of its slot; nulls leave them as they are.

    Args:
        distinct: no two objects may share what lies below them.

    Returns whether anything but leaves was added, which may have made new places for others.
    """
    deep = False
    for entity, slot in zip(found, slots, strict=True):
        if entity is None:
            continue
        composite = absent = False
        for value in entity.values():
            if value is None:
                absent = True
            elif type(value) is dict or type(value) is list:
                composite = True
        if composite:
            deep = True
            _merge_deeply(entity, [[item] for objects in slot for item in objects] if distinct else slot)
        elif absent:
            _merge_leaves_and_nulls(entity, slot)
        else:
            for objects in slot:
                for item in objects:
                    item.update(entity)
    return deep


def _merge_leaves_and_nulls(entity: dict[str, Any], slot: Slot) -> None:
    """A null never replaces a value."""
    leaves = {key: value for key, value in entity.items() if value is not None}
    nulls = [key for key, value in entity.items() if value is None]
    for objects in slot:
        for item in objects:
            item.update(leaves)
            for key in nulls:
                item.setdefault(key)


def _merge_deeply(entity: dict[str, Any], slot: Slot) -> None:
    """Objects at one path share what lies below the entity; those at another path get a copy."""
    waiting = [objects for objects in slot if objects]
    copies = [entity, *(deepcopy(entity) for _ in waiting[1:])]
    for objects, copy in zip(waiting, copies, strict=True):
        for item in objects:
            merge_object(item, copy)
