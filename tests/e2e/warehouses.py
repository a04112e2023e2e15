"""Izara with one objType more, short leases and short retries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.stack import Stack, program
from tests.support.warehouses import CODE_FILE

MODULE = "tests.support.warehouses"


@asynccontextmanager
async def running_warehouses(data_dir: Path, code_file: Path) -> AsyncIterator[Stack]:
    """It, ready; its own code writes to `code_file`."""
    async with program("-m", MODULE, "0", str(data_dir), environment={CODE_FILE: str(code_file)}) as running:
        ready = await running.says(r"^ready +(http://\S+)/graphql$")
        yield Stack(running, ready[1], data_dir)
