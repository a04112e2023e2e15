"""MongoDB's own server, started as a replica set of one on the data directory."""

import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from store.errors import StoreError, StoreErrorCode
from store.managed import Child, ServerCommand, running

_REPLICA_SET = "izara"
_NOT_YET_INITIALIZED = 94  # MongoDB's error code
_PATIENCE_MS = 12_000
_STOP_DEADLINE = 30.0  # a clean shutdown flushes its data


def find_mongod(given: Path | None) -> Path | None:
    """The `mongod` to start: the given one, else the one on PATH; None means there is none.

    Raises:
        StoreError: SERVER_FAILED where the given one is no program.
    """
    found = shutil.which(str(given) if given is not None else "mongod")
    if given is not None and found is None:
        raise StoreError(
            StoreErrorCode.SERVER_FAILED,
            f"IZARA_MONGOD names {given}, which is not a program that can be run.",
        )
    return Path(found) if found is not None else None


@asynccontextmanager
async def run_mongod(program: Path, data_dir: Path, lock_fd: int) -> AsyncIterator[str]:
    """Run `mongod` on `data_dir`, whose lock the caller holds, and yield the URI of its replica set."""
    dbpath = data_dir / "mongod"
    try:
        dbpath.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(
            StoreErrorCode.DATA_DIR_UNUSABLE, f"The directory {dbpath} cannot be made: {error.strerror}."
        ) from error
    host = f"127.0.0.1:{_free_port()}"

    async def ready(child: Child) -> None:
        await _become_primary(host)

    command = ServerCommand(
        name="mongod",
        arguments=(
            *(sys.executable, "-m", "store.guard", str(program)),
            *("--replSet", _REPLICA_SET, "--dbpath", str(dbpath)),
            *("--bind_ip", "127.0.0.1", "--port", host.partition(":")[2], "--nounixsocket"),
            *("--logpath", str(data_dir / "mongod.log"), "--logappend"),
        ),
        ready=ready,
        log_path=data_dir / "mongod.err.log",
        pid_path=data_dir / "mongod.pid",
        pass_fds=(lock_fd,),
        stop_deadline=_STOP_DEADLINE,
    )
    async with running(command):
        yield f"mongodb://{host}/?replicaSet={_REPLICA_SET}"


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _become_primary(host: str) -> None:
    """Initiate the replica set, or tell it its new port, and wait until it takes writes."""
    try:
        async with _client(f"mongodb://{host}/?directConnection=true") as member:
            await _configure(member, host)
        async with _client(f"mongodb://{host}/?replicaSet={_REPLICA_SET}") as primary:
            await primary.admin.command("ping")
    except PyMongoError as error:
        raise StoreError(
            StoreErrorCode.SERVER_FAILED, f"mongod did not become a replica set: {str(error).splitlines()[0]}"
        ) from error


def _client(uri: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(uri, serverSelectionTimeoutMS=_PATIENCE_MS)


async def _configure(member: AsyncMongoClient[dict[str, Any]], host: str) -> None:
    try:
        config = (await member.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        members = [{"_id": 0, "host": host}]
        await member.admin.command("replSetInitiate", {"_id": _REPLICA_SET, "members": members})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        # Forced: at its old address the member finds nobody, so there is no primary to ask.
        await member.admin.command("replSetReconfig", config, force=True)
