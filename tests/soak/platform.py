"""The platform of the soak: clients call a gateway of its own, and a recorder writes down what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.killable import Platform, free_port, process
from tests.support.plugins.recorder import make_recorder
from tests.support.quick_up import SERVED
from tests.support.write_tap import Strike

CHANGED = "commerce_adjustStock_commit_stockChanged"
RECORDER = make_recorder("recorder", [CHANGED])


@dataclass
class SoakPlatform(Platform):
    """`izara up`, a gateway beside it, the market plugin, the stock floor and a recorder."""

    gateway: asyncio.subprocess.Process | None = None
    gateway_port: int = 0
    recorder: asyncio.subprocess.Process | None = None
    recorder_secret: str = ""

    @property
    def endpoint(self) -> str:
        """The gateway that clients call."""
        return f"http://127.0.0.1:{self.gateway_port}/graphql" if self.gateway_port else super().endpoint

    @property
    def record(self) -> Path:
        """Where the recorder writes."""
        return self.data_dir.parent / "recorded.jsonl"

    async def begin(self) -> None:
        """Start the gateway and the recorder."""
        self.recorder_secret = await self.register(RECORDER.manifest())
        await self._start_recorder()
        self.gateway_port = free_port()
        await self._start_gateway()

    async def _start_gateway(self) -> None:
        subgraphs = ",".join(f"{tag}={self.url}/subgraphs/{tag}/graphql" for tag in SERVED)
        self.gateway = await process(
            *("izara", "serve", "gateway", "--port", str(self.gateway_port)),
            quiet=True,
            IZARA_SUBGRAPHS=subgraphs,
            IZARA_ISSUER=self.url,
        )

    async def _start_recorder(self) -> None:
        self.recorder = await self.plugin(
            "tests.support.plugins.recorder", "recorder", self.recorder_secret, RECORDER_FILE=str(self.record)
        )

    def processes(self) -> list[asyncio.subprocess.Process | None]:
        """All that were started, in the order in which they are ended."""
        return [self.gateway, self.recorder, *super().processes()]

    async def kill_gateway(self) -> None:
        """SIGKILL the clients' gateway, and start it again."""
        assert self.gateway is not None
        self.gateway.kill()
        await self.gateway.wait()
        await self._start_gateway()

    async def kill_plugins(self) -> None:
        """SIGKILL all plugins, and start them again."""
        assert self.recorder is not None
        self.recorder.kill()
        await self.recorder.wait()
        await super().kill_plugins()
        await self._start_recorder()

    def victims(self) -> Mapping[str, Strike]:
        """Who can be killed."""
        known = {"service": self.kill_service, "gateway": self.kill_gateway, "plugins": self.kill_plugins}
        return known if self.store_pid is None else known | {"store": self.kill_store}
