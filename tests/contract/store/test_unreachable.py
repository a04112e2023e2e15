"""Stores that cannot be opened: one line, a code, and no long wait."""

import asyncio
import gc
import socket
from pathlib import Path

import pytest

from store import StoreError, StoreSettings, open_store


async def refusal(uri: str | None, tmp_path: Path, mongod: Path | None = None) -> StoreError:
    settings = StoreSettings(mongodb_uri=uri, mongod=mongod, data_dir=tmp_path, connect_seconds=0.5)
    with pytest.raises(StoreError) as refused:
        async with asyncio.timeout(5), open_store(settings):
            pass
    assert "\n" not in refused.value.message
    return refused.value


@pytest.mark.parametrize("uri", ["", "localhost", "http://localhost", "mongodb://", "mongodb://h:port"])
async def test_a_uri_that_is_none_is_refused(uri: str, tmp_path: Path) -> None:
    error = await refusal(uri, tmp_path)
    assert error.code == "STORE_URI_INVALID"
    assert "IZARA_MONGODB_URI" in error.message


async def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await refusal(f"mongodb://ada:secret@127.0.0.1:{port}/?replicaSet=rs", tmp_path)
    assert error.code == "STORE_UNREACHABLE"
    assert f"127.0.0.1:{port}" in error.message
    assert "secret" not in error.message


@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
async def test_somebody_there_who_never_answers(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        error = await refusal(f"mongodb://127.0.0.1:{silent.getsockname()[1]}", tmp_path)
    assert error.code == "STORE_UNREACHABLE"
    # PyMongo's monitor forgets the socket of a connection that it was closed in the middle of making.
    gc.collect()


async def test_a_mongod_that_is_no_program(tmp_path: Path) -> None:
    error = await refusal(None, tmp_path, mongod=tmp_path / "nothing")
    assert error.code == "STORE_SERVER_FAILED"
    assert str(tmp_path / "nothing") in error.message


async def test_a_mongod_that_ends_at_once(tmp_path: Path) -> None:
    program = tmp_path / "bin"
    program.write_text("#!/bin/sh\necho 'no such option: --replSet' >&2\nexit 2\n")
    program.chmod(0o755)
    error = await refusal(None, tmp_path, mongod=program)
    assert error.code == "STORE_SERVER_FAILED"
    assert "mongod did not start: no such option: --replSet" in error.message
