"""The services of a process, opened over a real store as `izara serve` does."""

from __future__ import annotations

import pytest

from flows.settings import DAY
from izara.services import open_services
from izara.settings import read_settings
from store import Store


async def test_engines_get_what_the_environment_says(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_RETENTION_DAYS", "7")
    monkeypatch.setenv("IZARA_FAILED_RETENTION_DAYS", "60")
    monkeypatch.setenv("IZARA_CONNECTION_CAP", "9")
    settings = read_settings()
    async with open_services(
        store, settings, 4000, ["registrar", "market"], page=lambda _: None, development=False
    ) as opened:
        told = [engine.parts.settings for engine in opened.engines.values()]
    assert [(item.retention, item.failed_retention, item.connection_cap) for item in told] == [
        (7 * DAY, 60 * DAY, 9)
    ] * 2
