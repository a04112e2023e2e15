"""Fixtures of the SDK's integration tests."""

from collections.abc import AsyncIterator

import pytest

from tests.support.scripted import ScriptedPlatform, scripted_platform


@pytest.fixture
async def platform() -> AsyncIterator[ScriptedPlatform]:
    """A scripted platform."""
    async with scripted_platform() as platform:
        yield platform
