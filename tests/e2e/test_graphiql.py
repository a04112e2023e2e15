"""GraphiQL in a real browser, as a newcomer meets it after `izara up`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from izara.pages import pages_routes
from tests.e2e import IN_STACK
from tests.support.browser import Browser, Page, find_chromium, open_browser
from tests.support.serving import serving
from tests.support.stack import Stack

DIST = Path(__file__).parents[2] / "console" / "dist"
CHROMIUM = find_chromium()

pytestmark = [
    *IN_STACK,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (DIST / "graphiql.html").exists(), reason="the pages are not built (make pages)"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests."""
    assert CHROMIUM is not None
    async with open_browser(CHROMIUM) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """A browser without pages, and again without them in the end."""
    yield chromium
    await chromium.close_pages()


@pytest.fixture
def base(stack: Stack) -> str:
    """Where everything runs."""
    return stack.base


class GraphiQLPage:
    """What one does in GraphiQL, and what one sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def choose(self, tab: str) -> None:
        """Opens the tab of that title."""
        await self.page.wait_for("!document.querySelector('.graphiql-frame').inert")
        await self.page.click(f".graphiql-tab-button[title={json.dumps(tab)}]")
        await self.page.wait_for(f"{_model('operation.graphql')}.getValue().includes({json.dumps(tab)})")

    async def run(self) -> None:
        """Runs the tab's operation."""
        await self.page.click(".graphiql-execute-button")

    async def answer(self, condition: str = "true") -> Any:
        """The answer shown, once it is whole and the JavaScript condition on `answer` holds."""
        shown = f"JSON.parse({_model('response.json')}.getValue())"
        return await self.page.wait_for(f"((answer) => ({condition}) && answer)({shown})")


def _model(name: str) -> str:
    """The text that Monaco holds for one of GraphiQL's editors."""
    return f"__MONACO.editor.getModels().find((model) => model.uri.path.endsWith({json.dumps(name)}))"


def first_good(answer: dict[str, Any]) -> dict[str, Any]:
    business = answer["data"]["businesses"]["edges"][0]["node"]
    good: dict[str, Any] = business["goods"]["edges"][0]["node"]
    return good


def linked_offer(good: dict[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = good["connections"][0]["links"][0]["object"]
    return offer


async def test_a_newcomer_sees_a_stock_change_reach_the_market(base: str, browser: Browser) -> None:
    """Signed in as a demo user from the start: query, change, watch the run, query again; all assets from here."""
    stock = GraphiQLPage(await browser.open(f"{base}/graphiql"))
    await stock.choose("Stock")
    assert await stock.page.evaluate("document.querySelector('.top-bar select').value") == "ada"
    await stock.run()
    before = first_good(await stock.answer("answer.data"))
    assert linked_offer(before)["available"] == before["stock"] > 5

    watcher = GraphiQLPage(await browser.open(f"{base}/graphiql"))
    await watcher.choose("RunUpdates")
    await watcher.run()
    await watcher.answer("answer.data.commerceRunUpdates.status")

    await stock.choose("AdjustStock")
    await stock.run()
    adjusted = (await stock.answer("answer.data.adjustStock"))["data"]["adjustStock"]
    assert adjusted["errors"] == []
    assert adjusted["good"] == {"name": before["name"], "stock": before["stock"] - 3}
    await watcher.answer(
        f"answer.data.commerceRunUpdates.id === {json.dumps(adjusted['run']['id'])}"
        " && answer.data.commerceRunUpdates.status === 'COMPLETED'"
    )

    await stock.choose("Stock")
    await stock.run()
    after = first_good(await stock.answer(f"JSON.stringify(answer).includes('\"stock\":{before['stock'] - 3},')"))
    assert linked_offer(after)["available"] == before["stock"] - 3

    await stock.choose("PlaceOrder")
    await stock.run()
    placed = (await stock.answer("answer.data.placeOrder"))["data"]["placeOrder"]
    assert placed["errors"] == []
    assert placed["order"]["lines"][0]["offer"]["available"] == before["stock"] - 5

    for page in (stock.page, watcher.page):
        assert page.complaints == []
        assert {urlsplit(url).netloc for url in page.requested if url.startswith("http")} == {urlsplit(base).netloc}


async def test_whoever_one_signs_in_as_is_who_asks(base: str, browser: Browser) -> None:
    """The picker decides over requests and running subscriptions; signed out, the server's refusal is shown."""
    page = GraphiQLPage(await browser.open(f"{base}/subgraphs/commerce/graphql"))
    await page.choose("Goods")
    await page.run()
    first_good(await page.answer("answer.data"))
    await sign_in(page.page, "eve")
    await page.run()
    await page.answer("answer.data.businesses.edges.length === 0")
    await sign_in(page.page, "")
    await page.run()
    refused = await page.answer("answer.errors")
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    await sign_in(page.page, "ada")
    await page.choose("RunUpdates")
    await page.run()
    await page.answer("answer.data.commerceRunUpdates.status")
    await sign_in(page.page, "")
    await page.answer("answer.errors")


async def test_the_console_shows_runs_as_they_move(base: str, browser: Browser) -> None:
    """What is connected, by which plugins; then a change made elsewhere appears without a reload."""
    console = await browser.open(f"{base}/console")
    await console.wait_for(_row("Connections", "sellOffer"))
    await console.wait_for(_row("Plugins", "Izara Market"))
    await console.wait_for(_row("Live runs", "commerce createGood"))

    commerce = GraphiQLPage(await browser.open(f"{base}/subgraphs/commerce/graphql"))
    await commerce.choose("AdjustStock")
    await commerce.run()
    await commerce.answer("answer.data.adjustStock.good")
    await console.wait_for(_row("Live runs", "commerce adjustStock"))
    await console.wait_for(_row("Live runs", "market updateSellOffer"))
    await console.wait_for(_row("Deliveries", "commerce_adjustStock_commit_stockChanged"))

    await sign_in(console, "")
    await console.wait_for("document.querySelector('main').innerText.includes('Sign in above')")
    assert console.complaints == []


async def test_a_subscription_outlives_its_token(browser: Browser) -> None:
    """Closed because the token expired, the page signs in with a fresh one and goes on."""
    endpoint = ExpiringEndpoint()
    async with serving(endpoint.app(development=True)) as url:
        page = GraphiQLPage(await browser.open(f"{url}/graphiql"))
        await page.choose("RunUpdates")
        await page.run()
        await page.answer("answer.data.token === 'Bearer token-2'")
        assert endpoint.signed_in == ["Bearer token-1", "Bearer token-2"]


async def test_without_development_tokens_one_signs_in_with_a_token(browser: Browser) -> None:
    """In production there is a field in place of the picker, and what is typed there is sent."""
    endpoint = ExpiringEndpoint()
    async with serving(endpoint.app(development=False)) as url:
        page = GraphiQLPage(await browser.open(f"{url}/graphiql"))
        await page.choose("Stock")
        await page.run()
        await page.answer("answer.data.token === 'none'")
        await page.page.click(".top-bar input")
        await page.page.call("Input.insertText", {"text": "from-elsewhere"})
        await page.page.click(".top-bar button")
        await page.run()
        await page.answer("answer.data.token === 'Bearer from-elsewhere'")
        assert f"{url}/oauth/dev-token" not in page.page.requested


class ExpiringEndpoint:
    """A GraphQL endpoint that answers with the token it was sent; on WebSockets the first one expires at once.

    Attributes:
        signed_in: with which tokens WebSockets were opened.
    """

    def __init__(self) -> None:
        self.signed_in: list[str] = []
        self._tokens = 0

    def app(self, *, development: bool) -> Starlette:
        return Starlette(
            routes=[
                *pages_routes(DIST, [], development),
                Route("/graphql", self._http, methods=["POST"]),
                WebSocketRoute("/graphql", self._socket),
                Route("/oauth/dev-token", self._token, methods=["GET", "POST"]),
            ]
        )

    async def _token(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"users": ["ada"]})
        self._tokens += 1
        return JSONResponse({"access_token": f"token-{self._tokens}", "expires_in": 3600})

    async def _http(self, request: Request) -> Response:
        return JSONResponse({"data": {"token": request.headers.get("authorization", "none")}})

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept("graphql-transport-ws")
        init = await socket.receive_json()
        token = init["payload"]["Authorization"]
        self.signed_in.append(token)
        await socket.send_json({"type": "connection_ack"})
        subscribe = await socket.receive_json()
        await socket.send_json({"type": "next", "id": subscribe["id"], "payload": {"data": {"token": token}}})
        if len(self.signed_in) == 1:
            await socket.close(4403, "The token has expired")
            return
        try:
            while True:
                await socket.receive_json()
        except WebSocketDisconnect:
            pass


def _row(section: str, text: str) -> str:
    """Whether the section of that title has a row with that text."""
    rows = f"""[...document.querySelectorAll("section")]
        .filter((section) => section.querySelector("h2").innerText === {json.dumps(section)})
        .flatMap((section) => [...section.querySelectorAll("tbody tr")])"""
    return f"{rows}.some((row) => row.innerText.includes({json.dumps(text)}))"


async def sign_in(page: Page, user: str) -> None:
    """Chooses that user in the picker, as a click on it would."""
    await page.evaluate(
        f"""(() => {{
            const picker = document.querySelector(".top-bar select");
            Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(picker, {json.dumps(user)});
            picker.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()"""
    )
