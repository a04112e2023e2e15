"""Resolver fields with a description, typed: Strawberry's own decorator is untyped when it is given one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField


def described(description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A decorator that makes a resolver a field (or a mutation) with that description."""

    def make(resolver: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(resolver, description=description)

    return make
