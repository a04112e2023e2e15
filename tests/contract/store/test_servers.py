"""Which servers this run of the contract was on."""

import pytest

from store import Store
from tests.support.store import available_servers


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("uri", "IZARA_MONGODB_URI is not set: the store's contract was not run on a given MongoDB"),
        ("mongod", "no mongod in IZARA_MONGOD or on PATH: the store's contract was not run on one"),
    ],
)
def test_the_contract_runs_on_real_servers_too(kind: str, reason: str) -> None:
    """Says so where it does not: one skip for each server that is missing."""
    if kind not in available_servers():
        pytest.skip(reason)


async def test_a_store_says_what_it_is_and_can_do(store: Store) -> None:
    assert store.description.startswith(store.capabilities.product)
    assert "change streams" in store.description
    assert "\n" not in store.description
