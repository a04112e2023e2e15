"""`izara compose` as a process: files, URLs and configurations, at a terminal and without, watching."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.stack import Program, clean_environment, izara
from tests.unit.gateway.composition.support import fed2

ROOT = Path(__file__).parents[3]
LINK = fed2("key", "shareable")
GOODS = LINK + 'type Query { good: Good }\ntype Good @key(fields: "id") { id: ID! name: String @shareable }\n'
PRICES = LINK + 'type Good @key(fields: "id") { id: ID! price: Int }\n'
CLASHES = LINK + 'type Good @key(fields: "id") { id: ID! name: Int @shareable }\n'

pytestmark = pytest.mark.stack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "goods.graphql").write_text(GOODS)
    (tmp_path / "prices.graphql").write_text(PRICES)
    (tmp_path / "supergraph.yaml").write_text(
        "federation_version: 2\nsubgraphs:\n"
        "  goods: {routing_url: http://goods.test/, schema: {file: goods.graphql}}\n"
        "  prices: {routing_url: http://prices.test/, schema: {file: prices.graphql}}\n"
    )
    return tmp_path


@asynccontextmanager
async def watching(folder: Path, *more: str) -> AsyncIterator[Program]:
    arguments = ("--config", str(folder / "supergraph.yaml"), "--out", str(folder / "super.graphql"), "--watch")
    async with izara("compose", *arguments, "--interval", "0.1", *more) as command:
        yield command
        assert "Traceback" not in command.output


async def test_a_change_is_composed_and_mistakes_are_survived(folder: Path) -> None:
    goods, out = folder / "goods.graphql", folder / "super.graphql"
    async with watching(folder) as command:
        await command.says(r"^\[1\] 2 subgraphs composed")
        assert 'url: "http://prices.test/"' in out.read_text()
        goods.write_text("type Query {")
        await command.says(r"^error INVALID_GRAPHQL: ")
        await command.says(r"^\[2\] waiting")
        goods.unlink()
        await command.says(r"^error SUBGRAPH_FILE_UNREADABLE: .*goods\.graphql")
        assert "name: String" in out.read_text()
        beside = folder / "goods.new"
        beside.write_text(GOODS.replace("name: String", "title: String"))
        beside.replace(goods)
        await command.says(r"subgraphs? composed", times=2)
        assert "title: String" in out.read_text()
        assert await command.stop() == 0


async def test_the_configuration_and_new_files_are_watched_too(folder: Path) -> None:
    config = folder / "supergraph.yaml"
    async with watching(folder) as command:
        await command.says(r"^\[1\] 2 subgraphs")
        config.write_text(config.read_text() + "  more: {schema: {file: later/more.graphql}}\n")
        await command.says(r"more\.graphql cannot be read")
        (folder / "later").mkdir()
        (folder / "later" / "more.graphql").write_text(PRICES.replace("price", "weight"))
        await command.says(r"^\[\d\] 3 subgraphs composed")
        config.write_text("subgraphs: [")
        await command.says(r"^error CONFIG_INVALID: ")
        assert await command.stop(signal.SIGTERM) == 0


@dataclass
class Subgraph:
    """A subgraph whose SDL can be changed while it is served."""

    sdl: str
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def answer(self, _: Request) -> Response:
        self.asked.release()
        return JSONResponse({"data": {"_service": {"sdl": self.sdl}}})


async def test_a_url_is_asked_again_and_what_is_the_same_is_not_told_twice() -> None:
    subgraph = Subgraph("type Query { first: Int }")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(
            serving(Starlette(routes=[Route("/graphql", subgraph.answer, methods=["POST"])]))
        )
        arguments = ("--subgraph", f"a={url}/graphql", "--json", "--watch", "--interval", "0.1")
        async with izara("compose", *arguments) as command:
            await command.says(r'^\{"supergraph": "schema.*first: Int')
            for _ in range(3):
                await subgraph.asked.acquire()
            subgraph.sdl = "type Query { second: Int }"
            await command.says(r'^\{"supergraph": "schema.*second: Int')
            await stack.aclose()
            await command.says(r'^\{"supergraph": null.*"SUBGRAPH_UNREACHABLE"')
            assert await command.stop() == 0
    assert len([line for line in command.lines if line.startswith("{")]) == 3


def test_at_a_terminal_there_are_colours_and_nothing_that_steers_it(folder: Path) -> None:
    (folder / "prices.graphql").write_text(CLASHES.replace('"id") {', '"id") { "\x1b[2J\x07"'))
    said = at_a_terminal(folder)
    assert "\x1b[1;31merror FIELD_TYPE_MISMATCH\x1b[0m" in said
    assert set(re.findall(r"\x1b\[.*?[A-Za-z]", said)) == {f"\x1b[{code}m" for code in ("1;31", "0", "1", "34", "1;32")}
    assert "\x07" not in said
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert r"\u{1B}[2J\u{7}" in plain
    assert "--> goods.graphql:3:40 (goods)" in plain


def at_a_terminal(folder: Path) -> str:
    """What `izara compose` prints where its standard error is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "izara", "compose", "--config", "supergraph.yaml"]
    settings = {name: value for name, value in clean_environment().items() if name != "NO_COLOR"}
    settings |= {"TERM": "xterm", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=theirs, check=False, timeout=60
    )
    os.close(theirs)
    said = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert (done.returncode, done.stdout) == (1, b"")
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # so Linux tells that nobody has the other end any more
        return b""
