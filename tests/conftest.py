"""Fixtures that every test may use, and the settings of properties."""

import pytest
from hypothesis import HealthCheck, settings

LONG = ("test_kill.py", "test_soak.py", "test_many_prices.py", "test_life_cycle.py")
"""End-to-end tests that take long: of what is left to the end, they begin."""

pytest_plugins = ["tests.support.store"]

# A slow machine fails no property, and the same examples come each time; long runs: tests/support/properties.py.
settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes that end-to-end tests share would idle beside all others for minutes, so these tests come last."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return 0 if item.path.parent.name != "e2e" else 1 if item.path.name in LONG else 2
