"""How `izara` processes start, refuse to start, stop, and come back."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import nodes
from tests.support.gql import Caller
from tests.support.processes import is_running
from tests.support.stack import Program, Stack, all_gone, descendants, izara, running_stack

pytestmark = IN_STACK

DEMO = """{ businesses { edges { node { id goods { edges { node { id sku stock connections { links {
    object { ... on SellOffer { available } } } } } } } } } } }"""
PARTS = ("store.embedded.child", "plugins.market", "plugins.commerce")


async def refuses(command: Program, seconds: float = 25) -> str:
    """The one line with which a command ends, with exit code 1."""
    assert await command.ends(seconds) == 1, command.output
    (line,) = command.lines
    assert line.startswith("izara: ")
    return line


async def test_a_killed_up_leaves_no_process_and_all_data(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    # Given a running Izara with the demo, and a change that was made in it,
    async with running_stack(tmp_path / "data") as stack:
        ada = await People(http, stack.base).user("ada")
        good = await first_good(ada)
        payload = await ada.mutate("adjustStock", "good { stock }", goodId=good["id"], delta=-1)
        assert (await ada.finished(payload["run"]))["status"] == "COMPLETED"
        # when it is killed with the whole of it running,
        started = descendants(stack.program.pid)
        assert all(any(part in command for command in started.values()) for part in PARTS), started
        stack.program.process.kill()
        # then a few seconds later no process that it started is there.
        await all_gone(started, 8)
    # When it is started again,
    async with running_stack(tmp_path / "data") as stack:
        # then the data is there,
        assert "seeding" not in stack.program.output
        ada = await People(http, stack.base).user("ada")
        assert await first_good(ada) == {**good, "stock": good["stock"] - 1, "available": good["available"] - 1}
        # and what was not answered for is still answered: the next change goes all the way.
        payload = await ada.mutate("adjustStock", "good { stock }", goodId=good["id"], delta=-1)
        assert (await ada.finished(payload["run"]))["status"] == "COMPLETED"
        assert (await first_good(ada))["available"] == good["available"] - 2
        # When it is stopped by Ctrl-C, it ends well and has ended every process that it started.
        started = descendants(stack.program.pid)
        assert len(started) == len(PARTS)
        assert await stack.program.stop(signal.SIGINT) == 0
        assert [command for pid, command in started.items() if is_running(pid)] == []
        assert "Traceback" not in stack.program.output


async def test_a_second_up_on_the_same_data_or_port(stack: Stack, tmp_path: Path) -> None:
    async with izara("up", "--port", "0", "--data-dir", str(stack.data_dir)) as second:
        line = await refuses(second)
    assert str(stack.data_dir) in line
    assert f"in use by process {stack.program.pid}" in line
    async with izara("up", "--port", str(stack.port), "--data-dir", str(tmp_path)) as third:
        line = await refuses(third)
    assert f"port {stack.port}" in line
    assert "--port" in line


async def test_a_token_and_nothing_else(stack: Stack, people: People) -> None:
    async with izara("token", "--user", "ada", IZARA_PORT=str(stack.port)) as command:
        assert await command.ends() == 0
    (token,) = command.lines
    assert await people.caller(token).ask("{ me { id } }") == {"me": {"id": "ada"}}


async def first_good(caller: Caller) -> dict[str, Any]:
    """The first good of the caller's business, with what its offer has available."""
    (business,) = nodes((await caller.ask(DEMO))["businesses"])
    good = nodes(business["goods"])[0]
    ((link,),) = [connection["links"] for connection in good.pop("connections")]
    return {**good, "available": link["object"]["available"]}


async def test_a_store_that_cannot_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    uri = f"mongodb://127.0.0.1:{port}"
    async with izara("up", "--port", "0", "--data-dir", str(tmp_path), IZARA_MONGODB_URI=uri) as up:
        line = await refuses(up)
    assert f"127.0.0.1:{port}" in line
    assert "IZARA_MONGODB_URI" in line


@pytest.mark.parametrize(("name", "value"), [("IZARA_PROT", "4000"), ("IZARA_PORT", "many")])
async def test_a_setting_that_is_unknown_or_wrong(tmp_path: Path, name: str, value: str) -> None:
    async with izara("up", "--data-dir", str(tmp_path / "data"), **{name: value}) as up:
        line = await refuses(up)
    assert re.search(rf"\b{name}\b", line)
    assert not (tmp_path / "data").exists()


async def test_a_token_without_a_running_izara() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with izara("token", "--user", "ada", IZARA_PORT=str(port)) as token:
        assert f"127.0.0.1:{port}" in await refuses(token)


@pytest.mark.parametrize(
    ("service", "create", "roots"),
    [
        ("registrar", None, "me { id }"),
        ("commerce", ("createBusiness", "business"), "businesses"),
        ("market", ("createSeller", "seller"), "sellers"),
        ("supply", ("createCompany", "company"), "companies"),
        ("accounting", ("createOrganization", "organization"), "organizations"),
    ],
)
async def test_each_service_alone(
    service: str, create: tuple[str, str] | None, roots: str, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    async with izara("serve", service, "--port", "0", "--data-dir", str(tmp_path)) as serving:
        url = (await serving.says(r"^ready +(http://\S+)$"))[1]
        assert url.endswith(f"/subgraphs/{service}/graphql")
        people = People(http, url.removesuffix(f"/subgraphs/{service}/graphql"))
        anybody = people.caller(None, f"/subgraphs/{service}/graphql")
        sdl = (await anybody.ask("{ _service { sdl } }"))["_service"]["sdl"]
        assert "type Query" in sdl
        token = (await people.user("ada")).token
        ada = people.caller(token, f"/subgraphs/{service}/graphql")
        if create is None:
            assert await ada.ask(f"{{ {roots} }}") == {"me": {"id": "ada"}}
        else:
            field, made = create
            await ada.mutate(field, f"{made} {{ id }}", name="Alone")
            seen = await ada.ask(f"{{ {roots} {{ edges {{ node {{ name }} }} }} }}")
            assert nodes(seen[roots]) == [{"name": "Alone"}]
        started = descendants(serving.pid)
        assert await serving.stop(signal.SIGTERM) == 0
        assert [command for pid, command in started.items() if is_running(pid)] == []
