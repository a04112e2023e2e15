"""Fixtures of the gateway's integration tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.gateway.running import Running, running_gateway


@pytest.fixture(params=["network", "in_process"])
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    """A gateway whose subgraphs are reached either way: everything must hold for both."""
    async with running_gateway(in_process=request.param == "in_process") as gateway:
        yield gateway


@pytest.fixture
async def quick() -> AsyncIterator[Running]:
    """A gateway for tests that do not care how subgraphs are reached."""
    async with running_gateway(in_process=True) as gateway:
        yield gateway
