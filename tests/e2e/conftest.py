"""One running Izara for the end-to-end tests; each test makes users and things of its own in it.

Tests that use these fixtures run in the session's loop: `pytestmark = IN_STACK`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.foreign import foreign_issuer
from tests.e2e.people import People
from tests.e2e.shop import Shop, open_shop
from tests.soak.platform import SoakPlatform
from tests.support.gql import Caller
from tests.support.killable import open_platform_of
from tests.support.stack import Stack, running_stack
from tests.support.store import given_mongodb_uri
from tests.support.tokens import SigningParty


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def foreign() -> AsyncIterator[SigningParty]:
    """An issuer that the stack trusts."""
    async with foreign_issuer() as party:
        yield party


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(foreign: SigningParty, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """`izara up` with the demo."""
    data_dir = tmp_path_factory.mktemp("izara") / "data"
    async with running_stack(data_dir, IZARA_TRUSTED_ISSUERS=foreign.issuer) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SoakPlatform]:
    """An Izara whose processes are killed, at rest between tests; on the server that the caller of the tests names."""
    async with open_platform_of(SoakPlatform, tmp_path_factory.mktemp("killed"), given_mongodb_uri()) as running:
        await running.begin()
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """HTTP without a token."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def people(stack: Stack, http: aiohttp.ClientSession) -> People:
    """Its users."""
    return People(http, stack.base)


@pytest_asyncio.fixture(loop_scope="session")
async def admin(people: People) -> Caller:
    """The admin, with a token that outlives the test."""
    return await people.user("admin")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(people: People, admin: Caller) -> Shop:
    """A business and a seller of a new user, who lets the first-party plugins work for both."""
    return await open_shop(await people.newcomer(), admin)
