"""Log lines as JSON."""

from __future__ import annotations

import json
import logging
import sys

from izara.logs import JsonFormatter


def record(message: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    info = sys.exc_info() if failed else None
    return logging.LogRecord("flows.engine", logging.WARNING, "engine.py", 1, message, arguments, info)


def test_a_line_is_one_json_object() -> None:
    written = JsonFormatter().format(record('run %s said "é"\nand more', "r1"))
    assert "\n" not in written
    line = json.loads(written)
    assert (line["level"], line["logger"]) == ("WARNING", "flows.engine")
    assert line["message"] == 'run r1 said "é"\nand more'
    assert "trace" not in line


def test_an_exception_is_in_its_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = json.loads(JsonFormatter().format(record("it failed", failed=True)))
    assert "ValueError: broken" in line["trace"]
