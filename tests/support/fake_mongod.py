"""Stands in for `mongod` where there is none: its options and its way to become a replica set.

Behind it is the embedded server, so it shows how we start, configure and stop a `mongod`, and nothing about
how MongoDB treats documents.
"""

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from nx_27017.server import handle_client

from store.embedded.handler import EmbeddedHandler

_NOT_YET_INITIALIZED = {"ok": 0, "code": 94, "errmsg": "no replset config has been received"}


class Member(EmbeddedHandler):
    """Answers `hello` and the `replSet…` commands as the only member of a replica set."""

    def __init__(self, dbpath: Path, name: str, host: str) -> None:
        super().__init__(str(dbpath / "data.db"))
        self._config = dbpath / "config.json"
        self._name = name
        self._host = host

    def handle_command(self, msg: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body: dict[str, Any] = next((doc for kind, doc in msg["sections"] if kind == "body"), {})
        config = json.loads(self._config.read_text()) if self._config.exists() else None
        if "replSetGetConfig" in body:
            return msg["request_id"], {"ok": 1, "config": config} if config else _NOT_YET_INITIALIZED
        for command in ("replSetInitiate", "replSetReconfig"):
            if command in body:
                self._config.write_text(json.dumps({"version": 1, **body[command]}))
                return msg["request_id"], {"ok": 1}
        request_id, answer = super().handle_command(msg)
        if body.keys() & {"hello", "ismaster", "isMaster"}:
            answer = {**answer, **self._membership(config)}
        return request_id, answer

    def handle_query(self, msg: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        command = {"request_id": msg["request_id"], "sections": [("body", msg["query"])]}
        request_id, answer = self.handle_command(command)
        return request_id, [answer]

    def _membership(self, config: dict[str, Any] | None) -> dict[str, Any]:
        if config is None:
            return {"isWritablePrimary": False, "isreplicaset": True}
        hosts = [member["host"] for member in config["members"]]
        found = self._host in hosts
        return {
            "setName": self._name,
            "setVersion": config["version"],
            "hosts": hosts,
            "me": self._host,
            "isWritablePrimary": found,
            "ismaster": found,
            "secondary": not found,
        }


async def serve(options: argparse.Namespace) -> None:
    member = Member(options.dbpath, options.replSet, f"{options.bind_ip}:{options.port}")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(
        lambda reader, writer: handle_client(reader, writer, member), options.bind_ip, options.port
    )
    (options.dbpath / "pid").write_text(str(os.getpid()))
    await stop.wait()
    server.close()
    (options.dbpath / "stopped").touch()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--replSet", required=True)
    parser.add_argument("--dbpath", type=Path, required=True)
    parser.add_argument("--bind_ip", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--nounixsocket", action="store_true", required=True)
    parser.add_argument("--logpath", type=Path, required=True)
    parser.add_argument("--logappend", action="store_true", required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
