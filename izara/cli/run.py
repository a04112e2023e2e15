"""Running a command's coroutine: known errors become one clear line and exit code 1."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from izara.settings import Settings

T = TypeVar("T")

KNOWN: Mapping[str, Sequence[str]] = {
    "gateway.config": ("ConfigError",),
    "gateway.planner": ("PlanError",),
    "gateway.supergraph": ("SupergraphError",),
    "izara.errors": ("StartError",),
    "izara.graphql_call": ("CallFailed",),
    "izara.listening": ("ListenError",),
    "izara.settings": ("SettingsError",),
    "store": ("StoreError", "StoreUnavailable"),
}
"""Errors that are told in one line, by where they are: no command loads modules for the sake of errors of theirs."""


def fail(message: str) -> typer.Exit:
    """Print why on standard error; raise what is returned to end with exit code 1."""
    sys.stderr.write(f"izara: {message}\n")
    return typer.Exit(1)


def unexpected(error: Exception) -> int:
    """Tell of an error that nobody foresaw in one line, and how to see where it arose; gives the exit code."""
    log = logging.getLogger(__name__)
    sys.stderr.write(f"izara: unexpected {type(error).__name__}: {' '.join(str(error).split())[:500]}\n")
    if log.isEnabledFor(logging.DEBUG):
        log.debug("it arose here", exc_info=error)
    else:
        sys.stderr.write("izara: IZARA_LOG_LEVEL=DEBUG shows where it arose\n")
    return 1


def settings(**given: Any) -> Settings:
    """The settings with a command's options, logging configured; ends the command where one is wrong."""
    from izara.logs import configure_logging
    from izara.settings import SettingsError, read_settings

    try:
        read = read_settings(**given)
    except SettingsError as error:
        raise fail(str(error)) from error
    configure_logging(read.log_level, read.log_format)
    return read


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors in a group, or the error itself."""
    if isinstance(error, BaseExceptionGroup):
        for item in error.exceptions:
            yield from leaves(item)
    else:
        yield error


def known_errors() -> tuple[type[Exception], ...]:
    """Those of the modules that are loaded; what is not loaded raised nothing."""
    loaded = [(sys.modules[module], names) for module, names in KNOWN.items() if module in sys.modules]
    return tuple(getattr(module, name) for module, names in loaded for name in names)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it on uvloop; a known error is told in one line."""
    try:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
    except BaseException as error:
        known = known_errors()
        told = next((item for item in leaves(error) if isinstance(item, known)), None)
        if told is None:
            raise
        logging.getLogger(__name__).debug("ended by", exc_info=error)
        raise fail(str(told)) from error
