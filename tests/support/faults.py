"""Steers the database operations of a test: holds one, loses its answer, or ends its process, at a chosen place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.results import UpdateResult

ACTOR: ContextVar[str] = ContextVar("actor", default="")
"""The process in whose name an operation is made; tasks inherit it."""

WRITES = (
    "insert_one",
    "insert_many",
    "update_one",
    "bulk_write",
    "replace_one",
    "find_one_and_update",
    "delete_one",
    "delete_many",
)
OPERATIONS = (*WRITES, "find_one")


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Operations made here, and in tasks that are started here, are that process's."""
    token = ACTOR.set(actor)
    try:
        yield
    finally:
        ACTOR.reset(token)


@dataclass(frozen=True)
class Operation:
    """One call of a collection's method."""

    actor: str
    name: str
    """`collection.method`."""
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def changes(self) -> dict[str, Any]:
        """What an update sets, or an insert stores."""
        if self.name.endswith(".insert_one"):
            return dict(self.args[0])
        update: dict[str, Any] = self.args[1] if len(self.args) > 1 and isinstance(self.args[1], dict) else {}
        return update.get("$set") or {}


Apply = Callable[[], Awaitable[Any]]
Policy = Callable[[Operation, Apply], Awaitable[Any]]
Matches = Callable[[Operation], bool]


class Hold:
    """Stops the first operation that matches, before or after it is applied, until it is released."""

    def __init__(self, matches: Matches, *, after: bool) -> None:
        self._matches = matches
        self._after = after
        self._taken = False
        self._reached = asyncio.Event()
        self._released = asyncio.Event()

    def takes(self, operation: Operation) -> bool:
        """Whether this operation is the one; asked once for each."""
        if self._taken or not self._matches(operation):
            return False
        self._taken = True
        return True

    async def around(self, apply: Apply) -> Any:
        """Apply the operation, held."""
        result = await apply() if self._after else None
        self._reached.set()
        await self._released.wait()
        return result if self._after else await apply()

    def is_reached(self) -> bool:
        """Whether the operation stands still."""
        return self._reached.is_set()

    async def reached(self) -> None:
        """Wait until the operation stands still."""
        async with asyncio.timeout(10):
            await self._reached.wait()

    def release(self) -> None:
        """Let it go on."""
        self._released.set()


class Faults:
    """What happens to operations while `steering` is open."""

    def __init__(self) -> None:
        self.log: list[Operation] = []
        self.policy: Policy | None = None
        self._holds: list[Hold] = []
        self._lost: list[Matches] = []

    def hold(self, actor: str, name: str, where: Matches | None = None, *, after: bool = False) -> Hold:
        """Hold the next operation of that process and name (and that `where` accepts)."""
        return self.hold_where(lambda item: is_op(item, actor, name) and (where is None or where(item)), after=after)

    def hold_where(self, matches: Matches, *, after: bool = False) -> Hold:
        """Hold the next operation that `matches` accepts."""
        hold = Hold(matches, after=after)
        self._holds.append(hold)
        return hold

    def lose_answer(self, actor: str, name: str) -> None:
        """The next such write is applied, but looks unmatched: a driver's retry met its own first attempt."""
        self._lost.append(lambda item: is_op(item, actor, name))

    async def around(self, operation: Operation, apply: Apply) -> Any:
        """Apply the operation as the faults say."""
        self.log.append(operation)
        for hold in self._holds:
            if hold.takes(operation):
                return await hold.around(apply)
        for matches in self._lost:
            if matches(operation):
                self._lost.remove(matches)
                return unmatched(operation, await apply())
        return await (apply() if self.policy is None else self.policy(operation, apply))


def is_op(operation: Operation, actor: str, name: str) -> bool:
    """Whether it is that process's operation of that name."""
    return operation.actor == actor and operation.name == name


def unmatched(operation: Operation, result: Any) -> Any:
    """What a write that matched nothing gives."""
    if operation.name.endswith("find_one_and_update"):
        return None
    return UpdateResult({"n": 0, "nModified": 0}, True) if isinstance(result, UpdateResult) else result


@contextmanager
def steering() -> Iterator[Faults]:
    """Every operation of every client in this process passes the faults while the context is open."""
    faults = Faults()
    patches = []
    for name in OPERATIONS:
        original = getattr(AsyncCollection, name)

        def wrapped(self: Any, *args: Any, _name: str = name, _call: Any = original, **kwargs: Any) -> Any:
            operation = Operation(ACTOR.get(), f"{self.name}.{_name}", args, kwargs)
            return faults.around(operation, lambda: _call(self, *args, **kwargs))

        patches.append(patch.object(AsyncCollection, name, wrapped))
    for item in patches:
        item.start()
    try:
        yield faults
    finally:
        for item in patches:
            item.stop()
