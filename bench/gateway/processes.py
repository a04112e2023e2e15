"""Servers as processes of their own, each on a free port and on the core it is given."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Process:
    """A server that listens."""

    port: int
    pid: int


@contextmanager
def process(core: int | None, target: Callable[..., None], *arguments: Any) -> Iterator[Process]:
    """Runs `target(listener, *arguments)` until the context ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        child = multiprocessing.get_context("spawn").Process(
            target=_pinned, args=(core, target, listener, *arguments), daemon=True
        )
        child.start()
        assert child.pid is not None
        try:
            yield Process(listener.getsockname()[1], child.pid)
        finally:
            child.terminate()
            child.join(10)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keeps this process on one core, where the machine has more."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores() -> tuple[int | None, int | None]:
    """One for the server that is measured and one for everything else; None where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def _pinned(core: int | None, target: Callable[..., None], *arguments: Any) -> None:
    with pinned(core):
        target(*arguments)
