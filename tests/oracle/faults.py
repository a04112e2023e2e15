"""Faults to be seeded into planner and executor, to see that the oracle finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

Hit = Callable[[], None]
Make = Callable[[Any, Hit], Any]


@dataclass(frozen=True)
class Fault:
    """A function of the gateway, and what to put in its place.

    `make` is given the original and a function to be called whenever the fault makes a difference to what
    is done (whether or not anyone could see it).
    """

    name: str
    owner: Any
    attribute: str
    make: Make

    @contextmanager
    def seeded(self) -> Iterator[Reached]:
        """Runs the gateway with the fault."""
        reached = Reached()
        original = self.owner.__dict__[self.attribute]
        plain = original.fget if isinstance(original, property) else original
        faulty = self.make(plain, reached.hit)
        with patch.object(self.owner, self.attribute, property(faulty) if isinstance(original, property) else faulty):
            yield reached


@dataclass
class Reached:
    """How often a fault has had its effect."""

    times: int = field(default=0)

    def hit(self) -> None:
        self.times += 1


def changed(make: Callable[..., Any]) -> Make:
    """A fault that changes what the original gives: `make(result, *arguments)`."""

    def seed(original: Any, hit: Hit) -> Any:
        def faulty(*arguments: Any, **named: Any) -> Any:
            right = original(*arguments, **named)
            wrong = make(right, *arguments)
            if wrong != right:
                hit()
            return wrong

        return faulty

    return seed


def instead(faulty: Callable[..., Any]) -> Make:
    """A fault that does something else: `faulty(original, *arguments)`; every call counts."""

    def seed(original: Any, hit: Hit) -> Any:
        def replaced(*arguments: Any, **named: Any) -> Any:
            hit()
            return faulty(original, *arguments, **named)

        return replaced

    return seed
