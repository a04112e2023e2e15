"""Visits every interleaving of a small model, breadth first, so that a counterexample is a shortest one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)

LUCK = "! "
"""Begins the text of what may happen and need not; all else happens if it is tried for ever."""


class Model(Protocol[S]):
    """What is explored: states, and what each of them can lead to by one database operation or one fault."""

    def start(self) -> S: ...

    def moves(self, state: S) -> Iterator[tuple[str, S]]: ...

    def wrong(self, state: S) -> str:
        """The property that this state breaks; empty where it breaks none."""

    def done(self, state: S) -> bool:
        """Whether everything has ended and nothing is left over; reachable from every state without luck."""


@dataclass(frozen=True)
class Found(Generic[S]):
    """What came of an exploration: how many states, and the shortest way to a broken property, if there is one."""

    states: int
    broken: str
    trace: tuple[str, ...] = ()


def explore(model: Model[S]) -> Found[S]:
    """Every state that can be reached, and whether each can come to an end."""
    order: list[S] = [model.start()]
    ids: dict[S, int] = {order[0]: 0}
    came: list[tuple[int, str]] = [(-1, "")]
    sources, targets = array("l"), array("l")
    for number, state in enumerate(order):  # grows while it is walked
        for text, following in model.moves(state):
            other = ids.setdefault(following, len(order))
            if other == len(order):
                order.append(following)
                came.append((number, text))
                broken = model.wrong(following)
                if broken:
                    return Found(len(order), broken, _trace(came, other))
            if not text.startswith(LUCK):
                sources.append(number)
                targets.append(other)
    stuck = _cannot_reach([model.done(state) for state in order], sources, targets)
    if stuck is None:
        return Found(len(order), "")
    return Found(len(order), "stuck: it cannot come to an end with nothing left over", _trace(came, stuck))


def _trace(came: list[tuple[int, str]], at: int) -> tuple[str, ...]:
    texts: list[str] = []
    while at > 0:
        at, text = came[at]
        texts.append(text)
    return tuple(reversed(texts))


def _cannot_reach(can: list[bool], sources: array[int], targets: array[int]) -> int | None:
    changed = True
    while changed:
        changed = False
        for at in range(len(sources) - 1, -1, -1):
            if can[targets[at]] and not can[sources[at]]:
                can[sources[at]] = changed = True
    return next((number for number, reachable in enumerate(can) if not reachable), None)


Moves = Callable[[S], Iterator[tuple[str, S]]]
