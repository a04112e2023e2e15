"""Where documents are parsed, validated and planned, large variables read and the schema asked: in a thread, so that
the event loop goes on meanwhile.

One thread, for the work holds the interpreter's lock: two would not be faster, and the loop would wait for both.
What takes longer rests again and again, which is when the loop gets the lock at once.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import perf_counter, sleep, thread_time
from typing import Final, TypeVar

from gateway.pipeline.errors import Overloaded, PlanningFailed, RequestError

T = TypeVar("T")

Pause = Callable[[], None]


def no_pause() -> None:
    """Goes on."""


_BRIEF: Final = 0.01
_REST: Final = 0.0002
_AT_ONCE: Final = 0.001


@contextmanager
def uncollected() -> Iterator[None]:
    """Keeps the garbage collector away from what grows meanwhile and leaves no cycles behind.

    It would look at hundreds of thousands of new objects again and again, holding the lock for as long.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _NotBrief(Exception):
    """Work that was begun on the loop is for the thread."""


class PlanningThread:
    """Runs one piece of work after another.

    What is brief can be done on the loop instead: the way to a thread and back costs as much as a small plan.

    Args:
        seconds: of computing that one piece may take.
        waiting: how many pieces may wait.
    """

    def __init__(self, seconds: float, waiting: int) -> None:
        self._seconds = seconds
        self._most = waiting
        self._waiting = 0
        self._loop_is_free = 0.0
        self._executor: ThreadPoolExecutor | None = None
        self._stopping = Event()

    def start(self, work: Callable[[Pause], T]) -> asyncio.Future[T]:
        """Has the work done. It is given what to call now and then, which ends it when its time is up.

        Raises Overloaded where too much is waiting.
        """
        if self._waiting >= self._most:
            raise Overloaded(f"{self._most} operations are waiting to be planned, try again soon")
        if self._executor is None:
            self._stopping = Event()
            self._executor = ThreadPoolExecutor(1, "planning")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._run, work, self._stopping)
        future.add_done_callback(self._done)
        return future

    def at_once(self, work: Callable[[Pause], T]) -> T | None:
        """Does brief work here and now.

        None where it turns out to take more than a millisecond, where the loop has done such work within as long as
        that took (it is to have at least half of its time for others), and while the thread works, for only one may.
        """
        started = perf_counter()
        if self._waiting or started < self._loop_is_free:
            return None

        def pause() -> None:
            if perf_counter() - started > _AT_ONCE:
                raise _NotBrief

        try:
            return work(pause)
        except _NotBrief:
            return None
        finally:
            now = perf_counter()
            self._loop_is_free = now + (now - started)

    def close(self) -> None:
        """Ends what is being worked at, at its next pause, and forgets what waits."""
        self._stopping.set()
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def _done(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # Whoever waited for it may have left.

    def _run(self, work: Callable[[Pause], T], stopping: Event) -> T:
        started = thread_time()

        def pause() -> None:
            used = thread_time() - started
            if stopping.is_set():
                raise Overloaded("The gateway is stopping")
            if used > self._seconds:
                raise PlanningFailed(
                    "PLAN_BUDGET_EXCEEDED",
                    f"the operation is too complex to plan: it takes more than {self._seconds:g} s",
                )
            if used > _BRIEF:
                sleep(_REST)

        with uncollected():
            try:
                return work(pause)
            except RequestError as error:
                refusal = error
            # By itself: the frames that raised it hold all that was made, and would wait for the collector.
            refusal.__cause__ = refusal.__context__ = None
            try:
                raise refusal.with_traceback(None)
            finally:
                del refusal
