"""Listing and redriving: pages followed, hundreds at a time, an end in every case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from izara.cli.deliveries import redrive_all, redrive_ids
from izara.cli.operations import Operator, signed_in
from izara.graphql_call import CallFailed
from tests.support.serving import serving


class Registrar:
    """Answers as a registrar with 250 runs, and with dead deliveries of which some die again at once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.dead = [f"d{number}" for number in range(150)]

    async def answer(self, request: Request) -> Response:
        variables = (await request.json())["variables"]
        self.asked.append(variables)
        if request.headers["authorization"] != "Bearer good":
            return JSONResponse({"errors": [{"message": "The token is refused."}]})
        if "input" in variables:
            return JSONResponse({"data": {"redriveDeliveries": self.redrive(variables["input"])}})
        start = int(variables["after"] or 0)
        end = min(start + variables["first"], 250)
        info = {"hasNextPage": end < 250, "endCursor": str(end)}
        edges = [{"node": {"id": number}} for number in range(start, end)]
        return JSONResponse({"data": {"runs": {"edges": edges, "pageInfo": info}}})

    def redrive(self, input: dict[str, Any]) -> dict[str, Any]:
        """All of them die again at once."""
        select = input["select"]
        if "ids" in select:
            return {"deliveries": [{"id": id} for id in select["ids"]], "errors": [], "pageInfo": None}
        start = int(input["after"] or 0)
        end = start + input["first"]
        page = {"hasNextPage": end < len(self.dead), "endCursor": str(end)}
        return {"deliveries": [{"id": id} for id in self.dead[start:end]], "errors": [], "pageInfo": page}


@pytest.fixture
async def registrar() -> Registrar:
    return Registrar()


@pytest.fixture
async def base(registrar: Registrar) -> AsyncIterator[str]:
    async def page(_: Request) -> Response:
        return HTMLResponse("<html>")

    routes = [
        Route("/graphql", registrar.answer, methods=["POST"]),
        Route("/html/graphql", page, methods=["POST"]),
        Route("/html/oauth/dev-token", page, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes)) as address:
        yield address


@pytest.fixture
async def operator(base: str) -> AsyncIterator[Operator]:
    async with signed_in(base, "admin", "good") as opened:
        yield opened


@pytest.mark.parametrize(
    ("limit", "sizes", "found", "more"),
    [(1, [1], 1, True), (150, [100, 50], 150, True), (250, [100, 100, 50], 250, False), (999, [100] * 3, 250, False)],
)
async def test_pages_are_followed_up_to_the_limit(
    registrar: Registrar, operator: Operator, limit: int, sizes: Sequence[int], found: int, more: bool
) -> None:
    nodes, goes_on = await operator.nodes("runs", "RunFilter", "id", {"status": "FAILED"}, limit)
    assert [node["id"] for node in nodes] == list(range(found))
    assert goes_on is more
    assert [asked["first"] for asked in registrar.asked] == sizes
    assert all(asked["filter"] == {"status": "FAILED"} for asked in registrar.asked)


async def test_ids_are_redriven_a_hundred_at_a_time(registrar: Registrar, operator: Operator) -> None:
    ids = [str(number) for number in range(201)]
    driven = [item["id"] async for answer in redrive_ids(operator, ids) for item in answer["deliveries"]]
    assert driven == ids
    assert [len(asked["input"]["select"]["ids"]) for asked in registrar.asked] == [100, 100, 1]


async def test_all_are_redriven_once_though_they_die_again_at_once(operator: Operator) -> None:
    driven = [item["id"] async for answer in redrive_all(operator, {}) for item in answer["deliveries"]]
    assert driven == [f"d{number}" for number in range(150)]


async def test_a_refused_token_is_told(base: str) -> None:
    async with signed_in(base, "admin", "bad") as operator:
        with pytest.raises(CallFailed, match="The token is refused"):
            await operator.ask("{ me { id } }")


async def test_what_is_no_izara_is_told(base: str) -> None:
    with pytest.raises(CallFailed, match="no Izara answers"):
        async with signed_in(f"{base}/html", "admin", None):
            pass
    async with aiohttp.ClientSession() as session:
        with pytest.raises(CallFailed, match="does not answer"):
            await Operator(session, f"{base}/html", "good").ask("{ me { id } }")
