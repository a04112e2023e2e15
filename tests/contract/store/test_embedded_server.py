"""The embedded server as a managed child: durable, restarted, never orphaned, one per data directory."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nx_27017.handler import NeoSQLiteHandler
from nx_27017.server import handle_client

from store import Store, StoreError, StoreUnavailable, connect_store, open_store, serve_store, translate_errors
from tests.contract.store.test_streams import following
from tests.support.processes import is_running, wait_gone
from tests.support.store import embedded_settings

HOLDER = """
import asyncio, sys
from pathlib import Path
from store import StoreSettings, open_store

async def main():
    settings = StoreSettings(mongodb_uri=None, mongod=None, data_dir=Path(sys.argv[1]), prefer_embedded=True)
    async with open_store(settings) as store:
        await store.collection("contract_things").insert_one({"_id": "kept"})
        print("open", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "store.pid").read_text())


@asynccontextmanager
async def holder(data_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that has a store open on `data_dir` and one document written."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(data_dir), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"open\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def insert_until_done(store: Store, id: str) -> None:
    """Write as a caller does who knows that the server can be away."""
    while True:
        try:
            with translate_errors():
                if await store.collection("contract_things").find_one({"_id": id}) is None:
                    await store.collection("contract_things").insert_one({"_id": id})
            return
        except StoreUnavailable:
            continue


async def test_data_is_there_when_opened_again(tmp_path: Path) -> None:
    async with open_store(embedded_settings(tmp_path)) as store:
        await store.collection("contract_things").insert_one({"_id": "a"})
        pid = server_pid(tmp_path)
    assert not is_running(pid)
    assert not (tmp_path / "store.pid").exists()
    async with open_store(embedded_settings(tmp_path)) as store:
        assert await store.collection("contract_things").find_one({"_id": "a"}) == {"_id": "a"}


async def test_a_killed_server_is_started_again_where_it_was_and_has_lost_nothing(tmp_path: Path) -> None:
    async with open_store(embedded_settings(tmp_path)) as store:
        things = store.collection("contract_things")
        for round in range(2):
            for number in range(10):
                await things.insert_one({"_id": f"{round}-{number}"})
            killed = server_pid(tmp_path)
            os.kill(killed, signal.SIGKILL)
            await insert_until_done(store, f"after-{round}")
            assert server_pid(tmp_path) != killed
        assert len(await things.find({}).to_list()) == 22


async def test_a_watcher_hears_of_the_gap_and_of_what_comes_after(tmp_path: Path) -> None:
    async with (
        open_store(embedded_settings(tmp_path)) as store,
        following(store, "contract_things") as followed,
    ):
        os.kill(server_pid(tmp_path), signal.SIGKILL)
        await followed.until(lambda: followed.gaps == 2)
        await insert_until_done(store, "after")
        await followed.until(lambda: [event.document_id for event in followed.events] == ["after"])


async def test_the_server_goes_when_its_parent_is_killed_and_the_next_one_can_start(tmp_path: Path) -> None:
    async with holder(tmp_path) as process:
        pid = server_pid(tmp_path)
        process.kill()
        await process.wait()
    async with open_store(embedded_settings(tmp_path)) as store:
        assert not is_running(pid)
        assert await store.collection("contract_things").find_one({"_id": "kept"}) is not None
    await wait_gone(pid)


async def test_a_data_directory_in_use_is_refused_and_its_user_named(tmp_path: Path) -> None:
    async with holder(tmp_path) as process:
        with pytest.raises(StoreError, match=rf"in use by process {process.pid} \(since 20") as refused:
            async with open_store(embedded_settings(tmp_path)):
                pass
        assert refused.value.code == "DATA_DIR_LOCKED"
        assert is_running(server_pid(tmp_path))


async def test_several_processes_share_the_server_of_one(tmp_path: Path) -> None:
    """What `--processes` does: the parent serves, each child opens the URI and finds out what it is."""
    async with (
        serve_store(embedded_settings(tmp_path)) as uri,
        connect_store(uri) as first,
        connect_store(uri) as second,
    ):
        assert first.capabilities == second.capabilities
        assert first.capabilities.embedded
        await first.collection("contract_things").insert_one({"_id": "a"})
        assert await second.collection("contract_things").find_one({"_id": "a"}) is not None


async def test_what_a_refused_duplicate_leaves_in_the_log_is_nothing(tmp_path: Path) -> None:
    async with open_store(embedded_settings(tmp_path)) as store:
        await store.collection("contract_things").insert_one({"_id": "a"})
        with pytest.raises(Exception, match="UNIQUE"):
            await store.collection("contract_things").insert_one({"_id": "a"})
    assert (tmp_path / "store.log").read_text() == ""


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written") as refused:
        async with open_store(embedded_settings(tmp_path / "file" / "dir")):
            pass
    assert refused.value.code == "DATA_DIR_UNUSABLE"


async def test_data_that_the_server_cannot_read_is_one_line_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match=r"did not start: .*not a database.* \(log: .*store\.log\)") as refused:
        async with open_store(embedded_settings(tmp_path)):
            pass
    assert refused.value.code == "STORE_SERVER_FAILED"
    assert "\n" not in refused.value.message


async def test_a_server_without_waiting_streams_is_followed_by_asking(tmp_path: Path) -> None:
    """nx-27017 as delivered answers at once that nothing has changed; we ask it again after a pause."""
    handler = NeoSQLiteHandler(str(tmp_path / "plain.db"))
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        await handle_client(reader, writer, handler)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with connect_store(f"mongodb://127.0.0.1:{port}") as store:
            assert store.capabilities.embedded
            assert not store.capabilities.awaits_changes
            async with following(store, "contract_things") as followed:
                await store.collection("contract_things").insert_one({"_id": "a"})
                await followed.until(lambda: [event.document_id for event in followed.events] == ["a"])
    finally:
        server.close()
        await asyncio.wait(connections, timeout=5)
        handler.conn.close()


async def test_a_schema_that_changes_is_known_at_once(store: Store) -> None:
    things = store.collection("contract_schema")

    async def plan() -> str:
        return str(await things.find({"by": "ada"}).explain())

    await things.insert_one({"_id": "a", "by": "ada"})
    assert await things.find_one({"by": "ada"}) is not None
    assert "USING INDEX" not in await plan()

    await things.create_index("by")
    assert await things.find_one({"by": "ada"}) is not None
    assert "USING INDEX" in await plan()

    await things.drop()
    assert "contract_schema" not in await store.database.list_collection_names()
    assert await things.find_one({"by": "ada"}) is None

    await things.insert_one({"_id": "a", "by": "ada"})
    assert await things.find_one({"by": "ada"}) is not None
    assert "USING INDEX" not in await plan()
