"""Fields with a description, typed: Strawberry's own decorator is untyped when it is given one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.types.field import StrawberryField


def described(description: str, name: str | None = None) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A decorator that makes a resolver a field (or a mutation) with that description."""

    def make(resolver: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(resolver, description=description, name=name)

    return make


def json_or_none(value: object) -> JSON | None:
    """A value as the JSON scalar takes it."""
    return None if value is None else JSON(value)
