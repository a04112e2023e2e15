"""A found `mongod` is started as a replica set of one, told its new port, guarded and stopped."""

import os
import signal
import sys
from pathlib import Path

import pytest

from store import StoreSettings, open_store
from tests.contract.store.test_embedded_server import insert_until_done
from tests.support.processes import is_running, wait_gone


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    program = tmp_path / "bin" / "mongod"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.support.fake_mongod "$@"\n')
    program.chmod(0o755)
    return StoreSettings(mongodb_uri=None, mongod=program, data_dir=tmp_path / "data")


def mongod_pid(settings: StoreSettings) -> int:
    return int((settings.data_dir / "mongod" / "pid").read_text())


async def test_it_becomes_a_replica_set_and_stops_cleanly(settings: StoreSettings) -> None:
    async with open_store(settings) as store:
        assert store.capabilities.topology == "replica set"
        assert "replicaSet=izara" in store.uri
        await store.collection("contract_things").insert_one({"_id": "a"})
        pid = mongod_pid(settings)
    assert not is_running(pid)
    assert (settings.data_dir / "mongod" / "stopped").exists()


async def test_started_again_on_another_port_it_is_primary_and_has_its_data(settings: StoreSettings) -> None:
    for round in range(2):
        async with open_store(settings) as store:
            await store.collection("contract_things").insert_one({"_id": f"round {round}"})
            assert len(await store.collection("contract_things").find({}).to_list()) == round + 1


async def test_killed_it_is_started_again(settings: StoreSettings) -> None:
    async with open_store(settings) as store:
        killed = mongod_pid(settings)
        os.kill(killed, signal.SIGKILL)
        await wait_gone(killed)
        await insert_until_done(store, "after")
        assert mongod_pid(settings) != killed
