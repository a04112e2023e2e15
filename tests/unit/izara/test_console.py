"""The tests that the console brings along, in its own language."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[3] / "console"
NPM = shutil.which("npm")


@pytest.mark.skipif(NPM is None, reason="no Node is installed")
@pytest.mark.skipif(not (CONSOLE / "node_modules" / "vitest").exists(), reason="console/ is not installed (make pages)")
async def test_the_console_passes_its_own_tests() -> None:
    assert NPM is not None
    process = await asyncio.create_subprocess_exec(
        *(NPM, "test", "--silent", "--", "--no-color"),
        cwd=CONSOLE,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
