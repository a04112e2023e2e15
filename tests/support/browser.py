"""A real browser without a window: Chromium, spoken to over the Chrome DevTools Protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
    "--remote-debugging-port=0",
)
_ANNOUNCED = b"DevTools listening on "


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next((found for name in _NAMES if (found := shutil.which(name)) is not None), None)


class PageError(Exception):
    """A script failed in the page, or what it waited for did not come; says what the page complained of."""


class Browser:
    """A running browser: the connection on which its pages are driven."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._calls: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}

    async def open(self, url: str) -> Page:
        """A new page showing that address, with storage of its own."""
        context = await self.call("Target.createBrowserContext")
        target = await self.call(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context["browserContextId"]}
        )
        attached = await self.call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        page = Page(self, attached["sessionId"], context["browserContextId"])
        self._pages[attached["sessionId"]] = page
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.call(f"{domain}.enable")
        await page.go(url)
        return page

    async def close_pages(self) -> None:
        """Closes all pages and forgets what they stored."""
        for page in [*self._pages.values()]:
            await page.close()
        self._pages.clear()

    async def call(self, method: str, params: dict[str, Any] | None = None, session: str | None = None) -> Any:
        """Calls a method of the protocol and returns its result; raises PageError where it fails."""
        number = next(self._ids)
        self._calls[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params or {}}
        await self._socket.send_json(message if session is None else {**message, "sessionId": session})
        answer = await self._calls[number]
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def read(self) -> None:
        """Hands answers and events to whom they belong, until the browser ends."""
        async for message in self._socket:
            content = json.loads(message.data)
            if "id" in content:
                self._calls.pop(content["id"]).set_result(content)
            elif (page := self._pages.get(content.get("sessionId", ""))) is not None:
                page.notice(content["method"], content["params"])
        for call in self._calls.values():
            call.cancel()


class Page:
    """One page.

    Attributes:
        complaints: uncaught errors, and what was logged as an error (what a security policy forbade included).
        requested: the addresses that it asked for.
    """

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        self.complaints: list[str] = []
        self.requested: list[str] = []

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Calls a method of the protocol on this page."""
        return await self._browser.call(method, params, self._session)

    async def go(self, url: str) -> None:
        """Shows that address; scripts may still be loading."""
        answer = await self.call("Page.navigate", {"url": url})
        if "errorText" in answer:
            raise PageError(f"{url}: {answer['errorText']}")

    async def close(self) -> None:
        """Closes the page and forgets what it stored."""
        await self._browser.call("Target.disposeBrowserContext", {"browserContextId": self._context})

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = await self.call(
            "Runtime.evaluate",
            {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True},
        )
        if "exceptionDetails" in answer:
            raise PageError(f"{expression}: {_thrown(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    async def wait_for(self, expression: str, seconds: float = 20) -> Any:
        """The expression's value once it is truthy; looked at again with each frame that the page draws."""
        script = f"""new Promise((resolve) => {{
            const look = () => {{
                let value = null;
                try {{ value = ({expression}); }} catch {{}}
                if (value) resolve(value instanceof Node ? true : value); else requestAnimationFrame(look);
            }};
            look();
        }})"""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    try:
                        return await self.evaluate(script)
                    except PageError as error:
                        # The page that was looked at is being left for the next.
                        if "context was destroyed" not in str(error) and "navigated" not in str(error):
                            raise
        except TimeoutError:
            shown = await self.evaluate("document.body.innerText.slice(0, 2000)")
            raise PageError(f"{expression} never came. Complaints: {self.complaints}. Shown: {shown}") from None

    async def click(self, selector: str) -> None:
        """Clicks on the first element that the CSS selector finds, once there is one."""
        await self.wait_for(f"document.querySelector({json.dumps(selector)})")
        element = f"document.querySelector({json.dumps(selector)})"
        await self.evaluate(f"({element}.focus(), {element}.click())")

    async def screenshot(self, path: Path) -> None:
        """Writes what the page shows as a PNG file."""
        answer = await self.call("Page.captureScreenshot", {"format": "png"})
        await asyncio.to_thread(path.write_bytes, base64.b64decode(answer["data"]))

    def notice(self, method: str, params: dict[str, Any]) -> None:
        """Takes an event of the protocol."""
        notices: dict[str, Callable[[dict[str, Any]], None]] = {
            "Runtime.exceptionThrown": lambda event: self.complaints.append(_thrown(event["exceptionDetails"])),
            "Runtime.consoleAPICalled": self._logged,
            "Log.entryAdded": self._reported,
            "Network.requestWillBeSent": lambda event: self.requested.append(event["request"]["url"]),
        }
        if method in notices:
            notices[method](params)

    def _logged(self, event: dict[str, Any]) -> None:
        if event["type"] == "error":
            texts = (str(item.get("value", item.get("description", ""))) for item in event["args"])
            self.complaints.append(" ".join(texts))

    def _reported(self, event: dict[str, Any]) -> None:
        entry = event["entry"]
        if entry["level"] == "error":
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}".strip())


def _thrown(details: dict[str, Any]) -> str:
    thrown = details.get("exception", {})
    return str(thrown.get("description") or thrown.get("value") or details.get("text"))


@asynccontextmanager
async def open_browser(executable: str) -> AsyncIterator[Browser]:
    """A browser with nothing kept from before, gone at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            executable,
            *_FLAGS,
            f"--user-data-dir={profile}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(30):
                address = await _announced(process.stderr)
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(address, max_msg_size=0) as socket,
                _running(_drain(process.stderr)),
            ):
                browser = Browser(socket)
                async with _running(browser.read()):
                    yield browser
                    await browser.call("Browser.close")
                    await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """The work beside the block, cancelled at its end; a test's failure stays the one error that is raised."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _announced(stderr: asyncio.StreamReader) -> str:
    async for line in stderr:
        if line.startswith(_ANNOUNCED):
            return line.removeprefix(_ANNOUNCED).decode().strip()
    raise PageError("The browser ended before it said where it listens")


async def _drain(stderr: asyncio.StreamReader) -> None:
    """Nobody reads the browser's log, which must not fill the pipe."""
    async for _ in stderr:
        pass
