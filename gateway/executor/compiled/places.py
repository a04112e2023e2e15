"""Finds the objects at a path, sharing what several paths have in common."""

from __future__ import annotations

from typing import Any

from gateway.planner.nodes import Cast, Key, Path

Objects = list[dict[str, Any]]


class Places:
    """The paths of one plan, as a tree: each step knows the one it continues."""

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {(): 0}
        self._steps: list[tuple[int, Key | Cast]] = [(0, Key(""))]

    def __len__(self) -> int:
        return len(self._steps)

    def number(self, path: Path) -> int:
        """The number under which `find` knows a path."""
        known = self._numbers.get(path)
        if known is None:
            before = self.number(path[:-1])
            known = self._numbers[path] = len(self._steps)
            self._steps.append((before, path[-1]))
        return known

    def find(self, number: int, found: list[Objects | None]) -> Objects:
        """The objects at a path, through all lists on the way.

        Args:
            found: by number, those that were found before; the first are the root alone.
        """
        objects = found[number]
        if objects is None:
            before, step = self._steps[number]
            above = self.find(before, found)
            objects = found[number] = _entered(above, step.name) if type(step) is Key else _cast(above, step)
        return objects


def _entered(above: Objects, key: str) -> Objects:
    found: Objects = []
    add = found.append
    for item in above:
        value = item.get(key)
        if type(value) is list:
            for inner in value:
                if type(inner) is dict:
                    add(inner)
                elif type(inner) is list:
                    _flatten(inner, found)
        elif type(value) is dict:
            add(value)
    return found


def _flatten(values: list[Any], found: Objects) -> None:
    for value in values:
        if type(value) is dict:
            found.append(value)
        elif type(value) is list:
            _flatten(value, found)


def _cast(above: Objects, step: Any) -> Objects:
    types = step.types
    return [item for item in above if type(said := item.get("__typename")) is str and said in types]
