"""The pages as browsers receive them: built, not built, and asked for wrongly."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.routing import Route
from yarl import URL

from gateway.composition import Subgraph, compose
from izara.pages import graphiql_app, pages_routes
from izara.services import SERVICES
from tests.support.serving import serving

CONSOLE = Path(__file__).parents[3] / "console"
PAGE = '<html><head><script src="/console/assets/main-abc.js"></script></head><body>{}</body></html>'


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build leaves."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "graphiql.html").write_text(PAGE.format("graphiql"))
    (built / "index.html").write_text(PAGE.format("console"))
    (built / "assets" / "main-abc.js").write_text("export {};")
    (built / "secret.txt").write_text("not a page")
    return built


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def site(dist: Path | None) -> Starlette:
    """As `izara up` mounts them."""
    endpoint = graphiql_app(dist, "/subgraphs/commerce/graphql", subgraphs=["commerce", "market"])
    return Starlette(
        routes=[
            *pages_routes(dist, ["commerce", "market"], True),
            Route("/subgraphs/commerce/graphql", endpoint, methods=["GET"]),
        ]
    )


def told(page: str) -> dict[str, str]:
    """What the server told the page."""
    return dict(re.findall(r'<meta name="izara-(\w+)" content="([^"]*)">', page))


async def test_each_page_learns_its_endpoint_from_the_server(dist: Path, client: aiohttp.ClientSession) -> None:
    async with serving(site(dist)) as url:
        async with client.get(f"{url}/graphiql") as response:
            whole = await response.text()
        async with client.get(f"{url}/subgraphs/commerce/graphql") as response:
            commerce = await response.text()
    assert "graphiql" in whole
    assert told(whole) == {
        "endpoint": "/graphql",
        "subgraphs": "commerce market",
        "development": "yes",
        "whole": "yes",
    }
    assert told(commerce)["endpoint"] == "/subgraphs/commerce/graphql"


async def test_pages_are_never_kept_and_load_only_from_here(dist: Path, client: aiohttp.ClientSession) -> None:
    async with serving(site(dist)) as url:
        for path in ("/graphiql", "/console", "/subgraphs/commerce/graphql"):
            async with client.get(url + path) as response:
                assert response.status == 200
                assert response.headers["Cache-Control"] == "no-store"
                policy = response.headers["Content-Security-Policy"]
                assert "script-src 'self';" in policy
                assert "http" not in policy
                assert "frame-ancestors 'none'" in policy


async def test_assets_are_kept_for_good_under_their_own_type(dist: Path, client: aiohttp.ClientSession) -> None:
    async with serving(site(dist)) as url, client.get(f"{url}/console/assets/main-abc.js") as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["none.js", "..%2fsecret.txt", "%2e%2e/secret.txt", "a/b.js", ".hidden", "", "%00"])
async def test_nothing_but_assets_is_served(name: str, dist: Path, client: aiohttp.ClientSession) -> None:
    async with serving(site(dist)) as url:
        address = URL(f"{url}/console/assets/{name}", encoded=True)
        async with client.get(address) as response:
            assert response.status == 404
            assert response.headers["Cache-Control"] == "no-store"
            assert "reload the page" in await response.text()


async def test_without_a_build_the_console_says_how_to_build_it(tmp_path: Path, client: aiohttp.ClientSession) -> None:
    for missing in (None, tmp_path / "dist"):
        async with serving(site(missing)) as url, client.get(f"{url}/console") as response:
            assert response.status == 503
            assert "make pages" in await response.text()


async def test_without_a_build_graphiql_comes_from_the_web_pinned(client: aiohttp.ClientSession) -> None:
    """Every asset has an exact version and a hash, and the page says what it is."""
    async with serving(site(None)) as url, client.get(f"{url}/subgraphs/commerce/graphql") as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert told(page)["endpoint"] == "/subgraphs/commerce/graphql"
    assert "make pages" in page
    assets = re.findall(r'<(?:script|link)[^>]*(?:src|href)="(https:[^"]+)"([^>]*)>', page)
    assert len(assets) == 4
    for address, attributes in assets:
        assert re.match(r"https://unpkg\.com/[a-z-]+@\d+\.\d+\.\d+/", address)
        assert 'integrity="sha384-' in attributes
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


async def test_a_build_that_appears_is_served_at_once(dist: Path, client: aiohttp.ClientSession) -> None:
    console = dist / "index.html"
    page = console.read_text()
    console.unlink()
    async with serving(site(dist)) as url:
        async with client.get(f"{url}/console") as response:
            assert response.status == 503
        console.write_text(page)
        async with client.get(f"{url}/console") as response:
            assert response.status == 200


async def test_pages_can_only_be_read(dist: Path, client: aiohttp.ClientSession) -> None:
    async with serving(site(dist)) as url:
        for path in ("/console", "/graphiql", "/console/assets/main-abc.js"):
            async with client.post(url + path) as response:
                assert response.status == 405
                assert response.headers["Allow"] == "GET, HEAD"


async def test_a_service_alone_has_its_assets_and_no_pages_of_the_whole(
    dist: Path, client: aiohttp.ClientSession
) -> None:
    app = Starlette(routes=pages_routes(dist, ["commerce"], True, whole=False))
    async with serving(app) as url:
        async with client.get(f"{url}/console/assets/main-abc.js") as response:
            assert response.status == 200
        for path in ("/console", "/graphiql", "/"):
            async with client.get(url + path) as response:
                assert response.status == 404


async def test_a_name_cannot_break_out_of_the_page(dist: Path, client: aiohttp.ClientSession) -> None:
    app = graphiql_app(dist, '/x"><script>alert(1)</script>')
    async with serving(app) as url, client.get(url) as response:
        assert "<script>alert" not in await response.text()


def whole_graph() -> str:
    """The schema that clients of the gateway see."""
    result = compose([Subgraph(tag, "http://x", service.schema.as_str()) for tag, service in SERVICES.items()])
    assert result.api_schema is not None, result.errors
    return result.api_schema


def test_the_pages_ask_only_what_the_graph_answers() -> None:
    """Every operation in the console's source is valid; those of one service's page in that service alone."""
    whole = build_schema(whole_graph())
    documents = sorted(CONSOLE.glob("src/**/*.graphql"))
    assert len(documents) > 10
    problems = {path.name: validate(whole, parse(path.read_text())) for path in documents}
    assert {name: errors for name, errors in problems.items() if errors} == {}


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("commerce", ["goods", "adjust-stock", "run-updates", "good-ids"]),
        ("market", ["offers", "place-order", "offer-ids"]),
        ("supply", ["companies"]),
        ("accounting", ["accounts"]),
        ("registrar", ["plugins"]),
    ],
)
def test_the_page_of_a_service_asks_only_that_service(tag: str, names: list[str]) -> None:
    schema = build_schema(SERVICES[tag].schema.as_str(), assume_valid=True)
    for name in names:
        document = parse((CONSOLE / "src" / "graphiql" / "queries" / f"{name}.graphql").read_text())
        assert validate(schema, document) == [], name
