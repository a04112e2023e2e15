"""Conditions of a plan (`@skip`, `@include`), evaluated once per request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.planner.nodes import Guard


class Flags:
    """The variables that a plan's conditions ask for, numbered as they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Whether the plan has any condition."""
        return bool(self._numbers)

    def test(self, guard: Guard) -> str:
        """An expression that holds where the guard does, in code that has `flags`."""
        number = self._numbers.setdefault(guard.variable, len(self._numbers))
        return f"flags[{number}]" if guard.include else f"not flags[{number}]"

    def values(self, conditions: Mapping[str, Any]) -> tuple[bool, ...]:
        """What `flags` is for one request."""
        if not self._numbers:
            return ()
        return tuple(bool(conditions.get(name)) for name in self._numbers)
