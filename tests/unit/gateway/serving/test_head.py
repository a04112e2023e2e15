"""Which requests are usual."""

from __future__ import annotations

import pytest

from gateway.serving.head import Heads

USUAL = {
    "host": "a",
    "content-type": "application/json",
    "content-length": "24",
    "accept": "application/json",
}


def raw(line: str = "POST /graphql HTTP/1.1", **headers: str | None) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in {**USUAL, **named}.items() if value is not None]
    return f"{line}\r\n{''.join(lines)}\r\n".encode()


def heads() -> Heads:
    return Heads("/graphql", frozenset({"authorization", "x-tenant"}), 1000)


def test_a_post_of_json_is_usual_and_its_forwarded_headers_are_kept() -> None:
    head = heads().read(raw(authorization="Bearer ada", cookie="a=b"))
    assert head is not None
    assert (head.length, head.media) == (24, "application/json")
    assert head.client.headers == {"authorization": "Bearer ada"}


def test_without_accept_the_answer_has_the_media_type_of_graphql() -> None:
    head = heads().read(raw(accept=None))
    assert head is not None
    assert head.media == "application/graphql-response+json"


@pytest.mark.parametrize(
    "request_",
    [
        raw("GET /graphql HTTP/1.1"),
        raw("POST /other HTTP/1.1"),
        raw("POST /graphql?a=b HTTP/1.1"),
        raw("POST /graphql HTTP/1.0"),
        raw("POST /graphql HTTP/1.1\r\nhost: b"),
        raw(connection="close"),
        raw(connection="upgrade", upgrade="websocket"),
        raw(transfer_encoding="chunked"),
        raw(expect="100-continue"),
        raw(content_length=None),
        raw(content_length="1001"),
        raw(content_length="-1"),
        raw(content_length="1x"),
        raw("POST /graphql HTTP/1.1\r\ncontent-length: 3"),
        raw(content_type="text/plain"),
        raw(content_type=None),
        raw(content_encoding="gzip"),
        raw(accept="text/event-stream"),
        raw(accept="text/html"),
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_all_else_is_left_to_the_server(request_: bytes) -> None:
    reading = heads()
    assert reading.read(request_) is None
    assert reading.read(request_) is None, "also when it is remembered"
