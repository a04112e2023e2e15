"""What a plugin process writes to its log, and how it ends where it cannot begin."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from plugin_sdk import Plugin
from plugin_sdk._run import _JsonFormatter


def record(error: bool = False) -> logging.LogRecord:
    info = None
    if error:
        try:
            raise ValueError("no")
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord("plugin_sdk", logging.ERROR, __file__, 1, "delivery %s", ("d1",), info)


def test_a_json_line_has_the_fields_of_the_record() -> None:
    line = json.loads(_JsonFormatter("market").format(record()))
    assert line.pop("time")
    assert line == {"level": "ERROR", "plugin": "market", "logger": "plugin_sdk", "message": "delivery d1"}


def test_a_json_line_keeps_the_exception_in_one_line() -> None:
    text = _JsonFormatter("market").format(record(error=True))
    assert "\n" not in text
    assert "ValueError: no" in json.loads(text)["exception"]


def test_a_plugin_without_hooks_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("URL", "http://127.0.0.1:1"), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "x")):
        monkeypatch.setenv(f"IZARA_{name}", value)
    with pytest.raises(SystemExit) as end:
        Plugin("idle").run()
    assert end.value.code == 1
    assert capsys.readouterr().err == "idle: plugin 'idle' has no hooks, so there is nothing to run\n"
