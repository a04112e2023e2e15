"""A GraphQL client for tests: HTTP by aiohttp, subscriptions over graphql-transport-ws."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PATIENCE = 25.0
"""Seconds that a test waits for an answer or an event."""
SUBPROTOCOL = Subprotocol("graphql-transport-ws")
TERMINAL = ("COMPLETED", "REJECTED", "FAILED")
RUN = "id service flow status awaiting rejections { pluginTag code message } failure { code message } cause { runId }"


class Subscription:
    """The results of one subscription, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def next(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next result's data; an error fails the test."""
        async with asyncio.timeout(seconds):
            message = await _receive(self._socket)
        assert message["type"] == "next", message
        payload: dict[str, Any] = message["payload"]
        assert not payload.get("errors"), payload["errors"]
        data: dict[str, Any] = payload["data"]
        return data

    async def until(self, holds: Callable[[Any], bool], seconds: float = PATIENCE) -> Any:
        """Wait for a result whose one field fits; gives that field."""
        seen: list[Any] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    (value,) = (await self.next(seconds)).values()
                    seen.append(value)
                    if holds(value):
                        return value
        except TimeoutError:
            raise AssertionError(f"nothing that fits came in {seconds} s, but {seen}") from None


@dataclass
class Caller:
    """Somebody who calls one endpoint.

    Attributes:
        token: None calls without signing in.
    """

    session: aiohttp.ClientSession
    url: str
    token: str | None = None

    async def post(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        body = {"query": query, "variables": variables}
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with self.session.post(self.url, json=body, headers=headers, timeout=timeout) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        return answer

    async def ask(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The data; errors fail the test."""
        answer = await self.post(query, **variables)
        assert not answer.get("errors"), answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def codes(self, query: str, /, **variables: Any) -> set[str]:
        """The codes of the answer's errors."""
        answer = await self.post(query, **variables)
        return {error["extensions"]["code"] for error in answer.get("errors", [])}

    async def attempt(self, field: str, selection: str, /, **given: Any) -> dict[str, Any]:
        """The payload of one mutation, with its `errors` and `run`."""
        type_name = field[0].upper() + field[1:] + "Input"
        query = f"""mutation ($input: {type_name}!) {{ {field}(input: $input) {{
            errors {{ code message }} run {{ {RUN} }} {selection} }} }}"""
        payload: dict[str, Any] = (await self.ask(query, input=given))[field]
        return payload

    async def mutate(self, field: str, selection: str, /, **given: Any) -> dict[str, Any]:
        """As `attempt`; an error fails the test."""
        payload = await self.attempt(field, selection, **given)
        assert payload["errors"] == [], payload
        return payload

    @asynccontextmanager
    async def subscribe(self, query: str, /, **variables: Any) -> AsyncIterator[Subscription]:
        """A subscription, on a WebSocket of its own."""
        async with signed_in(self.url, self.token) as socket:
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            yield Subscription(socket)

    @asynccontextmanager
    async def runs_of(self, service: str, object_ref: str) -> AsyncIterator[Subscription]:
        """The runs of an object, as they move."""
        query = f"subscription ($ref: String!) {{ {service}RunUpdates(objectRef: $ref) {{ {RUN} }} }}"
        async with self.subscribe(query, ref=object_ref) as updates:
            yield updates

    async def finished(self, run: Mapping[str, Any], *, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait until a run is at its end; gives it."""
        query = f"subscription ($id: ID!) {{ {run['service']}RunUpdates(id: $id) {{ {RUN} }} }}"
        async with self.subscribe(query, id=run["id"]) as updates:
            ended: dict[str, Any] = await updates.until(lambda seen: seen["status"] in TERMINAL, seconds)
        return ended


@asynccontextmanager
async def signed_in(url: str, token: str | None) -> AsyncIterator[ClientConnection]:
    """A WebSocket whose sign-in was acknowledged."""
    async with _connected(url) as socket:
        await _sign_in(socket, token)
        message = await _receive(socket)
        assert message["type"] == "connection_ack", message
        yield socket


async def refusal(url: str, token: str | None) -> tuple[int, str]:
    """The code and reason with which a WebSocket is closed when it signs in with that token."""
    async with _connected(url) as socket:
        await _sign_in(socket, token)
        try:
            async with asyncio.timeout(PATIENCE):
                message = await socket.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code, closed.rcvd.reason
    raise AssertionError(f"it was let in: {message!r}")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[ClientConnection]:
    address = "ws" + url.removeprefix("http")
    async with connect(address, subprotocols=[SUBPROTOCOL], open_timeout=PATIENCE) as socket:
        yield socket


async def _sign_in(socket: ClientConnection, token: str | None) -> None:
    payload = {} if token is None else {"Authorization": f"Bearer {token}"}
    await socket.send(json.dumps({"type": "connection_init", "payload": payload}))


async def _receive(socket: ClientConnection) -> dict[str, Any]:
    """The next message but pings."""
    while True:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads(await socket.recv())
        if message["type"] == "ping":
            await socket.send(json.dumps({"type": "pong"}))
        elif message["type"] != "pong":
            return message


async def development_token(session: aiohttp.ClientSession, base: str, name: str, kind: str = "user") -> str:
    """A token of the development issuer at `base`, for a user or a plugin."""
    async with session.post(f"{base}/oauth/dev-token", json={kind: name}) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["access_token"])
