"""Fixtures that every test may use, and the settings of properties."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.store"]

# A slow machine fails no property, and the same examples come each time; long runs: tests/support/properties.py.
settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile("suite")
