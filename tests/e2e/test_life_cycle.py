"""How `izara` processes start, refuse to start, stop, and come back."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp

from izara.parts import FIRST_PARTY
from tests.e2e import IN_STACK
from tests.e2e.people import People
from tests.e2e.shop import nodes
from tests.support.gql import Caller
from tests.support.processes import is_running
from tests.support.stack import Program, Stack, all_gone, descendants, izara, running_stack

pytestmark = IN_STACK

DEMO = """{ businesses { edges { node { id goods { edges { node { id sku stock connections { links {
    object { ... on SellOffer { available } } } } } } } } } } }"""
PARTS = ("store.embedded.child", *(f"plugins.{tag}" for tag in FIRST_PARTY))


async def refuses(command: Program, seconds: float = 60) -> str:
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


def nobody_listens() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def test_what_keeps_izara_from_starting_is_told_in_one_line(tmp_path: Path) -> None:
    port = nobody_listens()
    cases: list[tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]] = [
        (("up",), {"IZARA_PROT": "4000"}, ("IZARA_PROT",)),
        (("up",), {"IZARA_PORT": "many"}, ("IZARA_PORT",)),
        (("up",), {"IZARA_MONGODB_URI": f"mongodb://127.0.0.1:{port}"}, ("IZARA_MONGODB_URI", f"127.0.0.1:{port}")),
        (("token", "--user", "ada"), {"IZARA_PORT": str(port)}, (f"127.0.0.1:{port}", "izara up")),
    ]

    async def check(arguments: tuple[str, ...], settings: dict[str, str], words: tuple[str, ...]) -> None:
        free_port = {} if "IZARA_PORT" in settings else {"IZARA_PORT": "0"}
        async with izara(*arguments, IZARA_DATA_DIR=str(tmp_path / "data"), **free_port, **settings) as command:
            line = await refuses(command)
        for word in words:
            assert re.search(rf"{re.escape(word)}\b", line), line

    await asyncio.gather(*(check(*case) for case in cases))
    assert not (tmp_path / "data").exists()


SERVICES = {
    "registrar": None,
    "commerce": ("createBusiness", "business", "businesses"),
    "market": ("createSeller", "seller", "sellers"),
    "supply": ("createCompany", "company", "companies"),
    "accounting": ("createOrganization", "organization", "organizations"),
}


async def test_each_service_alone(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    await asyncio.gather(*(alone(service, tmp_path / service, http) for service in SERVICES))


async def alone(service: str, data_dir: Path, http: aiohttp.ClientSession) -> None:
    """A service that runs alone tells its SDL to anybody, takes development tokens, and answers; then it ends."""
    async with izara("serve", service, "--port", "0", "--data-dir", str(data_dir)) as serving:
        url = (await serving.says(r"^ready +(http://\S+)$"))[1]
        path = f"/subgraphs/{service}/graphql"
        assert url.endswith(path)
        people = People(http, url.removesuffix(path))
        sdl = (await people.caller(None, path).ask("{ _service { sdl } }"))["_service"]["sdl"]
        assert "type Query" in sdl
        ada = people.caller((await people.user("ada")).token, path)
        names = SERVICES[service]
        if names is None:
            assert await ada.ask("{ me { id } }") == {"me": {"id": "ada"}}
        else:
            create, made, roots = names
            await ada.mutate(create, f"{made} {{ id }}", name="Alone")
            seen = await ada.ask(f"{{ {roots} {{ edges {{ node {{ name }} }} }} }}")
            assert nodes(seen[roots]) == [{"name": "Alone"}]
        started = descendants(serving.pid)
        assert await serving.stop(signal.SIGTERM) == 0
        assert [command for pid, command in started.items() if is_running(pid)] == []
