"""The pages for browsers: GraphiQL and the console, built by `make pages` and served from here alone."""

from __future__ import annotations

import html
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anyio import Path as AsyncPath
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from izara.web_graphiql import web_graphiql, web_policy

HOW_TO_BUILD = "Install Node 20 or newer and run `make pages` (`make up` does it too)."
WHOLE_GRAPH = "/graphql"
CONSOLE_BUILD = Path(__file__).parent.parent / "console" / "dist"

_GRAPHIQL_FILE = "graphiql.html"
_CONSOLE_FILE = "index.html"
_ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\Z")
_FOREVER = "public, max-age=31536000, immutable"
_TYPES: Mapping[str, str] = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
"""Not left to the machine's own table, which browsers that are told not to guess would suffer from."""

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    # Monaco places its text by style attributes and writes its themes into style elements.
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def pages_routes(
    dist: Path | None, subgraphs: Sequence[str], development: bool, *, whole: bool = True
) -> list[BaseRoute]:
    """`/console` and `/graphiql`, and what they load.

    Args:
        dist: where the pages were built; None, or a folder without them, leaves the console out and lets GraphiQL
            take its assets from the web.
        subgraphs: those served here, at `/subgraphs/<name>/graphql`.
        development: whether development tokens are given here; the pages offer to sign in with them.
        whole: whether the whole graph is served here; without it there is neither `/graphiql` nor `/console`.
    """
    routes: list[BaseRoute] = [Route("/console/assets/{name:path}", _Assets(dist))]
    if whole:
        config = PageConfig(WHOLE_GRAPH, tuple(subgraphs), development)
        routes += [
            Route("/", _to_graphiql),
            Route("/graphiql", _Page(dist, _GRAPHIQL_FILE, config)),
            Route("/console", _Page(dist, _CONSOLE_FILE, config)),
        ]
    return routes


def graphiql_app(
    dist: Path | None,
    endpoint: str,
    *,
    subgraphs: Sequence[str] = (),
    development: bool = True,
    whole: bool = True,
) -> ASGIApp:
    """GraphiQL for the endpoint at that path, to be shown to browsers that open the endpoint itself.

    Its assets come from `pages_routes`, which must be served by the same process.

    Args:
        endpoint: path of the GraphQL endpoint, `/graphql` or `/subgraphs/<name>/graphql`.
        subgraphs, development, whole: as in `pages_routes`.
    """
    return _Page(dist, _GRAPHIQL_FILE, PageConfig(endpoint, tuple(subgraphs), development, whole))


def built_console() -> Path | None:
    """Where the built pages are; None where they were not built (no Node)."""
    return CONSOLE_BUILD if (CONSOLE_BUILD / "index.html").exists() else None


@dataclass(frozen=True)
class PageConfig:
    """What a page is told of the server it came from."""

    endpoint: str
    subgraphs: tuple[str, ...]
    development: bool
    whole: bool = True

    def elements(self) -> str:
        """As `<meta>` elements, which the page's script reads."""
        values = {
            "izara-endpoint": self.endpoint,
            "izara-subgraphs": " ".join(self.subgraphs),
            "izara-development": "yes" if self.development else "no",
            "izara-whole": "yes" if self.whole else "no",
        }
        return "".join(f'<meta name="{name}" content="{html.escape(value)}">' for name, value in values.items())


class _Page:
    """One built page, or what stands in for it."""

    def __init__(self, dist: Path | None, file: str, config: PageConfig) -> None:
        self._path = None if dist is None else dist / file
        self._file = file
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _sentence(405, "This page can only be read.", {"Allow": "GET, HEAD"})
        built = await _read(self._path)
        if built is not None:
            page = built.replace("</head>", f"{self._config.elements()}</head>", 1)
            return HTMLResponse(page, headers=_page_headers(_POLICY))
        if self._file == _GRAPHIQL_FILE:
            page = web_graphiql(HOW_TO_BUILD).replace("</head>", f"{self._config.elements()}</head>", 1)
            return HTMLResponse(page, headers=_page_headers(web_policy(_POLICY)))
        return _sentence(503, f"The console is not built. {HOW_TO_BUILD}")


class _Assets:
    """What the pages load; its names change with its content, so browsers may keep it."""

    def __init__(self, dist: Path | None) -> None:
        self._folder = None if dist is None else dist / "assets"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _sentence(405, "This file can only be read.", {"Allow": "GET, HEAD"})
        name = str(request.path_params["name"])
        if self._folder is None or _ASSET.match(name) is None or not await AsyncPath(self._folder / name).is_file():
            return _sentence(404, "There is no such file; if the pages were built again, reload the page.")
        kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff"}
        return FileResponse(self._folder / name, media_type=kind, headers=headers)


async def _to_graphiql(_: Request) -> Response:
    return RedirectResponse("/graphiql", 307, {"Cache-Control": "no-store"})


async def _read(path: Path | None) -> str | None:
    """The page's text; None where it was not built. Read each time, for a new build brings new asset names."""
    if path is None:
        return None
    try:
        return await AsyncPath(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _sentence(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, {"Cache-Control": "no-store", **(headers or {})})


def _page_headers(policy: Mapping[str, str]) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
