"""What counts as an answer of a subgraph, and JSON without loss."""

from __future__ import annotations

import pytest

from gateway.executor.transport import SubgraphResponse, TransportError
from gateway.executor.transports.exchange import read_answer
from gateway.wire.json import JSONError, dumps, loads


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"data": {"a": 1}}', SubgraphResponse({"a": 1})),
        (200, b'{"data": null}', SubgraphResponse(None)),
        (200, b'{"data": {}, "errors": null, "extensions": 1}', SubgraphResponse({})),
        (400, b'{"errors": [{"message": "no"}]}', SubgraphResponse(None, [{"message": "no"}])),
        (500, b'{"data": {"a": 1}, "extensions": {"x": 1}}', SubgraphResponse({"a": 1}, [], {"x": 1})),
    ],
)
def test_graphql_answers_count_whatever_their_status(status: int, body: bytes, expected: SubgraphResponse) -> None:
    assert read_answer("products", status, "application/json", body) == expected


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>", "SUBGRAPH_INVALID_RESPONSE"),
        (200, b'{"data": {"a": 1', "SUBGRAPH_INVALID_RESPONSE"),
        (200, b"", "SUBGRAPH_INVALID_RESPONSE"),
        (200, b"[]", "SUBGRAPH_INVALID_RESPONSE"),
        (200, b"{}", "SUBGRAPH_INVALID_RESPONSE"),
        (200, b'{"errors": {}}', "SUBGRAPH_INVALID_RESPONSE"),
        (200, b'{"data": {}, "errors": ["oops"]}', "SUBGRAPH_INVALID_RESPONSE"),
        (302, b"", "SUBGRAPH_HTTP_ERROR"),
        (502, b"<h1>Bad gateway</h1>", "SUBGRAPH_HTTP_ERROR"),
    ],
)
def test_other_answers_are_errors_that_say_what_came(status: int, body: bytes, code: str) -> None:
    with pytest.raises(TransportError, match=rf"Subgraph 'products' answered {status}") as caught:
        read_answer("products", status, "text/html", body)
    assert caught.value.code == code
    assert body[:10].decode() in caught.value.message


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**64), 10**40])
@pytest.mark.parametrize("padding", range(7))
def test_no_digit_of_an_integer_is_lost(number: int, padding: int) -> None:
    value = {"x" * padding: [number], "text": "ü"}
    assert loads(dumps(value)) == value


def test_long_digits_in_text_are_text() -> None:
    assert loads('{"a": "123456789012345678901234567890", "b": 1.5}') == {
        "a": "1" + "23456789012345678901234567890",
        "b": 1.5,
    }


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5_000, b"[1234567890123456789012,"])
def test_what_is_not_json_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(JSONError):
        loads(body)
