"""Python in the pages runs: plugins are declared, their tests pass, their handlers do what the text says."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from plugin_sdk import Plugin
from plugin_sdk.testing import Complete, Delivered, Harness, Rejected, connection
from tests.docs.pages import DOCS, README, SDK_README, Page

STOCK = "commerce_adjustStock_validate_beforeStockChange"


def run_python(page: Page) -> dict[str, Any]:
    """Run a page's Python, block after block, as one module that is imported; gives its names."""
    names: dict[str, Any] = {"__name__": "snippet"}
    for block in page.fences("python"):
        exec(compile(block, page.name, "exec"), names)
    return names


@pytest.mark.parametrize("page", [README, SDK_README, DOCS["plugins"]], ids=lambda page: page.name)
async def test_snippets_run_and_the_tests_among_them_pass(page: Page) -> None:
    names = run_python(page)
    tests = [value for name, value in names.items() if name.startswith("test_") and inspect.iscoroutinefunction(value)]
    assert tests or page is README
    for test in tests:
        await test()


async def keep_some(page: Page, after: int) -> Delivered:
    plugin: Plugin = run_python(page)["plugin"]
    good = connection("commerce:Good:g1", config={"atLeast": 5})
    return await Harness(plugin).deliver(STOCK, payload={"after": after}, connections=[good])


@pytest.mark.parametrize("page", [README, DOCS["plugins"]], ids=lambda page: page.name)
async def test_the_first_plugin_vetoes_with_the_promised_code(page: Page) -> None:
    refused = await keep_some(page, 3)
    assert refused.outcome == Rejected("STOCK_FLOOR", "3 would be left; at least 5 must stay")
    assert (await keep_some(page, 5)).outcome == Complete()


def test_the_first_plugin_is_about_fifteen_lines() -> None:
    (block,) = README.fences("python")
    assert len([line for line in block.splitlines() if line.strip()]) <= 15


async def test_the_plugin_that_acts_writes_the_linked_offer() -> None:
    mirror: Plugin = run_python(DOCS["plugins"])["mirror"]
    delivered = await Harness(mirror).deliver(
        "commerce_adjustStock_commit_stockChanged",
        payload={"after": 7},
        connections=[connection("commerce:Good:g1", links={"sellOffer": "market:SellOffer:o1"})],
        graphql={"updateSellOffer": {"errors": []}},
    )
    assert delivered.outcome == Complete()
    assert [call.variables for call in delivered.calls] == [{"input": {"offerId": "o1", "stock": 7}}]
