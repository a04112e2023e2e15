"""One source of chance for generators: a ``random.Random`` or a draw of hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")


class Chance:
    """Every decision is an integer below a bound; 0 is the simplest, and what hypothesis shrinks to."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self._below = below

    @classmethod
    def of_random(cls, random: Random) -> Chance:
        """Decide by a seeded generator."""
        return cls(random.randrange)

    @classmethod
    def of_draw(cls, draw: DrawFn) -> Chance:
        """Decide by hypothesis, which then shrinks what was decided."""
        return cls(lambda bound: draw(st.integers(0, bound - 1)))

    def integer(self, least: int, most: int) -> int:
        """A number from ``least`` to ``most``, both included."""
        return least + self._below(most - least + 1)

    def flag(self, one_in: int = 2) -> bool:
        """True once in ``one_in`` times."""
        return self._below(one_in) == one_in - 1

    def choice(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[self._below(len(items))]

    def some(self, items: Sequence[T], one_in: int = 2) -> list[T]:
        """Each of them once in ``one_in`` times, in their order."""
        return [item for item in items if self.flag(one_in)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them in any order."""
        left = list(items)
        return [left.pop(self._below(len(left))) for _ in items]


def drawn(make: Callable[[Chance], T]) -> st.SearchStrategy[T]:
    """A strategy of hypothesis from whatever can be made by chance."""

    @st.composite
    def strategy(draw: DrawFn) -> T:
        return make(Chance.of_draw(draw))

    return strategy()
