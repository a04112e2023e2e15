"""From where development tokens are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from registrar.oauth import Issuer, TokenIssuer, oauth_routes
from store import Store


async def status(store: Store, client: tuple[str, int] | None, host: str) -> int:
    issuer = Issuer(store, TokenIssuer("http://localhost:4000", "izara"))
    app = Starlette(routes=oauth_routes(issuer, development=True))
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps({"user": "ada"}).encode(), "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"host", host.encode()), (b"content-type", b"application/json")]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/oauth/dev-token", "query_string": b""}
    await app({**scope, "headers": headers, "client": client, "scheme": "http", "root_path": ""}, receive, send)
    return int(answers[0]["status"])


@pytest.mark.parametrize(
    ("client", "host", "expected"),
    [
        (("127.0.0.1", 1), "localhost:4000", 200),
        (("::1", 1), "[::1]:4000", 200),
        (("::ffff:127.0.0.1", 1), "127.0.0.1", 200),
        (("10.0.0.5", 1), "localhost:4000", 403),
        (("127.0.0.1", 1), "rebound.example:4000", 403),
        (("127.0.0.1", 1), "", 403),
        (None, "localhost", 403),
    ],
)
async def test_only_this_machine_calling_itself(
    store: Store, client: tuple[str, int] | None, host: str, expected: int
) -> None:
    assert await status(store, client, host) == expected
