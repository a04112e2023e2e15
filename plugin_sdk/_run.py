"""A plugin as a process: settings, logging, signals, exit code."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from plugin_sdk._tuning import Tuning
from plugin_sdk.config import PluginSettings, read_settings
from plugin_sdk.errors import PluginError
from plugin_sdk.worker import work

if TYPE_CHECKING:
    from plugin_sdk._plugin import Plugin


def main(plugin: Plugin, *, max_in_flight: int, grace: float) -> int:
    """Run a plugin; gives the exit code, having said in one line why it is not 0."""
    tuning = replace(Tuning(), max_in_flight=max_in_flight, grace=grace)
    try:
        settings = read_settings()
        _configure_logging(plugin.tag, settings)
        asyncio.run(_until_signalled(plugin, settings, tuning))
    except PluginError as error:
        sys.stderr.write(f"{plugin.tag}: {error}\n")
        return 1
    return 0


async def _until_signalled(plugin: Plugin, settings: PluginSettings, tuning: Tuning) -> None:
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            hurry.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    await work(plugin, settings, stop, hurry=hurry, tuning=tuning)


class _JsonFormatter(logging.Formatter):
    def __init__(self, tag: str) -> None:
        super().__init__()
        self._tag = tag

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "plugin": self._tag,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def _configure_logging(tag: str, settings: PluginSettings) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(
        _JsonFormatter(tag)
        if settings.log_format == "json"
        else logging.Formatter(f"%(asctime)s %(levelname)s {tag}: %(message)s")
    )
    logging.basicConfig(level=settings.log_level, handlers=[handler])
