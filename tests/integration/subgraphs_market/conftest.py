"""Market and Accounting at work on the test's store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store import Store
from subgraphs.accounting.app import SERVICE as ACCOUNTING
from subgraphs.market.app import SERVICE as MARKET
from tests.integration.subgraphs.running import RunningService, running
from tests.integration.subgraphs_market.market import Shop, open_shop


@pytest.fixture
async def market(store: Store) -> AsyncIterator[RunningService]:
    """Market."""
    async with running(store, MARKET) as service:
        yield service


@pytest.fixture
async def shop(market: RunningService) -> Shop:
    """A seller of ada's."""
    return await open_shop(market)


@pytest.fixture
async def accounting(store: Store) -> AsyncIterator[RunningService]:
    """Accounting."""
    async with running(store, ACCOUNTING) as service:
        yield service
