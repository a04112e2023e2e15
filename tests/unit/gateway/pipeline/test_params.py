"""A request's parameters, right and wrong."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from gateway.pipeline.errors import BadRequest, BatchingRefused, PersistedQueryRefused
from gateway.pipeline.params import Params, params_of_body, params_of_query_string


def test_a_body() -> None:
    body = b'{"query": "{ a }", "operationName": "", "variables": {"n": 12345678901234567890123}, "extensions": null}'
    assert params_of_body(body, 50_000) == Params("{ a }", None, {"n": 12345678901234567890123})


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"query": "\xff"}', "not JSON"),
        (b'"{ a }"', "object"),
        (b"{}", "'query'"),
        (b'{"query": "  "}', "'query'"),
        (b'{"query": {}}', "'query'"),
        (b'{"query": "{ a }", "operationName": 1}', "'operationName'"),
        (b'{"query": "{ a }", "variables": []}', "'variables'"),
        (b'{"query": "{ a }", "variables": "{}"}', "'variables'"),
        (b'{"query": "{ a }", "extensions": 1}', "'extensions'"),
        (b'{"query": "{ a }", "variables": ' + b"[" * 40_000, "not JSON"),
    ],
)
def test_a_wrong_body_is_told_what_is_wrong(body: bytes, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        params_of_body(body, 50_000)


def test_batches_are_refused() -> None:
    with pytest.raises(BatchingRefused):
        params_of_body(b'[{"query": "{ a }"}]', 100)


def test_a_persisted_query_without_its_text_is_refused_as_its_clients_expect() -> None:
    with pytest.raises(PersistedQueryRefused):
        params_of_body(b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}', 100)


def test_a_query_string() -> None:
    given = urlencode({"query": "query Q($s: String) { a(s: $s) }", "operationName": "Q", "variables": '{"s": "ü+ "}'})
    assert params_of_query_string(given.encode()) == Params("query Q($s: String) { a(s: $s) }", "Q", {"s": "ü+ "})


@pytest.mark.parametrize(
    ("given", "named"),
    [(b"", "'query'"), (b"query=%7Ba%7D&variables=%7B", "'variables'"), (b"query=%FF", "UTF-8")],
)
def test_a_wrong_query_string_is_told_what_is_wrong(given: bytes, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        params_of_query_string(given)
