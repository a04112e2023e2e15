"""GraphiQL in a real browser, as a newcomer meets it after `izara up`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.support.browser import Browser, Page, find_chromium, open_browser

DIST = Path(__file__).parents[2] / "console" / "dist"
CHROMIUM = find_chromium()

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.stack,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (DIST / "graphiql.html").exists(), reason="the pages are not built (make pages)"),
]


@asynccontextmanager
async def izara_up(data_dir: Path) -> AsyncIterator[str]:
    """`izara up` as a process, seeded; yields its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from izara.cli import main; main()", "up", "--port", "0"),
        *("--data-dir", str(data_dir)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        said: list[str] = []
        async with asyncio.timeout(60):
            async for line in process.stdout:
                said.append(line.decode())
                if line.startswith(b"ready "):
                    break
            else:
                raise AssertionError("".join(said))
        draining = asyncio.create_task(process.stdout.read())
        address = urlsplit(said[-1].split()[1])
        yield f"{address.scheme}://{address.netloc}"
        process.send_signal(signal.SIGINT)
        await asyncio.gather(draining, process.wait())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests: each page has storage of its own."""
    assert CHROMIUM is not None
    async with open_browser(CHROMIUM) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def base(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where everything runs."""
    async with izara_up(tmp_path_factory.mktemp("izara") / "data") as address:
        yield address


class GraphiQLPage:
    """What one does in GraphiQL, and what one sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def choose(self, tab: str) -> None:
        """Opens the tab of that title."""
        await self.page.wait_for(f"Boolean({_model('response.json')})")
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
