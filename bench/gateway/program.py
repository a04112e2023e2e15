"""The floor of the nested query: what somebody would write by hand who knew only this query.

uvicorn, a pool of raw connections, orjson, `asyncio.gather`; seven fetches, representations without duplicates,
results merged into place. No checks, no order of fields, no errors, no time-outs.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import orjson
import uvicorn

_ASK = b"POST /%s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
_OPINIONS = "id text author{id handle opinions{id text book{isbn}}}"
_READERS = orjson.dumps({"query": "{readers{id handle name}}"})
_BOOKS = orjson.dumps({"query": "{topBooks{title cents isbn grams}}"})
_ENTITIES = "query($r:[_Any!]!){_entities(representations:$r){%s}}"
_BATCH = (
    "query($a:[_Any!]!,$b:[_Any!]!){a:_entities(representations:$a){...on Reader{opinions{id text book{isbn opinions{"
    + _OPINIONS
    + "}}}}} b:_entities(representations:$b){...on Book{opinions{"
    + _OPINIONS
    + "}}}}"
)

Object = dict[str, Any]


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._missing = -1
        self._start = 0
        self._waiting: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, name: bytes, body: bytes) -> asyncio.Future[bytes]:
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(_ASK % (name, len(body), body))
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0:
            data = b"".join(self._parts)
            end = data.find(b"\r\n\r\n")
            if end < 0:
                return
            at = data.index(b"content-length:") + 15
            self._start = end + 4
            self._missing = self._start + int(data[at : data.index(b"\r\n", at)]) - len(data)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            answer = b"".join(self._parts)[self._start :]
            self._parts, self._missing = [], -1
            assert self._waiting is not None
            self._waiting.set_result(answer)


class Program:
    """An ASGI app for one query."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        orjson.loads(body)
        answer = orjson.dumps({"data": await self._answer()})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _ask(self, name: bytes, body: bytes) -> Any:
        if self._idle:
            connection = self._idle.pop()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        answer = await connection.ask(name, body)
        self._idle.append(connection)
        return orjson.loads(answer)["data"]

    async def _entities(self, name: bytes, fields: str, typename: str, key: str, objects: list[Object]) -> None:
        """Asks for each object once and gives the answer to all that are the same."""
        representations = {item[key]: {"__typename": typename, key: item[key]} for item in objects}
        if "days" in fields:
            for item in objects:
                representations[item[key]].update(cents=item["cents"], grams=item["grams"])
        variables = {"r": list(representations.values())}
        query = _ENTITIES % f"...on {typename}{{{fields}}}"
        data = await self._ask(name, orjson.dumps({"query": query, "variables": variables}))
        found = dict(zip(representations, data["_entities"], strict=True))
        for item in objects:
            item.update(found[item[key]])

    async def _opinions(self, readers: list[Object], books: list[Object]) -> None:
        variables = {
            "a": [{"__typename": "Reader", "id": reader["id"]} for reader in readers],
            "b": [{"__typename": "Book", "isbn": book["isbn"]} for book in books],
        }
        data = await self._ask(b"opinions", orjson.dumps({"query": _BATCH, "variables": variables}))
        for reader, found in zip(readers, data["a"], strict=True):
            reader.update(found)
        for book, found in zip(books, data["b"], strict=True):
            book.update(found)

    async def _answer(self) -> Object:
        one, two = await asyncio.gather(self._ask(b"readers", _READERS), self._ask(b"books", _BOOKS))
        readers, books = one["readers"], two["topBooks"]
        stock = self._entities(b"stock", "inStock days", "Book", "isbn", books)
        await asyncio.gather(self._opinions(readers, books), stock)
        authors: list[Object] = []
        mentioned: list[Object] = []
        for reader in readers:
            for opinion in reader["opinions"]:
                mentioned.append(opinion["book"])
                authors += [said["author"] for said in opinion["book"]["opinions"]]
        for book in books:
            authors += [opinion["author"] for opinion in book["opinions"]]
        for author in authors:
            mentioned += [opinion["book"] for opinion in author["opinions"]]
        await asyncio.gather(
            self._entities(b"books", "title cents grams", "Book", "isbn", mentioned),
            self._entities(b"readers", "name", "Reader", "id", authors),
        )
        await self._entities(b"stock", "inStock days", "Book", "isbn", mentioned)
        return {"readers": readers, "topBooks": books}


def serve_program(listener: socket.socket, port: int) -> None:
    """A process's whole work."""
    config = uvicorn.Config(Program(port), log_level="error", access_log=False, lifespan="off", ws="none")
    uvicorn.Server(config).run([listener])
