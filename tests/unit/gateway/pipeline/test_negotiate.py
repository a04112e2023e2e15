"""Which media type a client is answered in."""

from __future__ import annotations

import pytest

from gateway.pipeline.negotiate import EVENT_STREAM, JSON, MULTIPART, RESPONSE_JSON, parse_accept


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, RESPONSE_JSON),
        ("", RESPONSE_JSON),
        ("*/*", RESPONSE_JSON),
        ("application/*", RESPONSE_JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE_JSON),
        ("application/graphql-response+json;q=0.1, application/json;q=0.9", JSON),
        ("application/json, */*;q=0.1", JSON),
        ("application/json;q=0.5, */*", RESPONSE_JSON),
        ("text/event-stream", EVENT_STREAM),
        ("multipart/mixed;subscriptionSpec=1.0, application/json", JSON),
        ("multipart/mixed;subscriptionSpec=1.0", MULTIPART),
        ("text/plain", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("rubbish", RESPONSE_JSON),
    ],
)
def test_one_response(accept: str | None, expected: str | None) -> None:
    assert parse_accept(accept).single() == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("*/*", None),
        ("application/json", None),
        ("text/event-stream, application/json", EVENT_STREAM),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/json", MULTIPART),
        ("multipart/mixed, text/event-stream;q=0.5", MULTIPART),
    ],
)
def test_streams_have_to_be_named(accept: str | None, expected: str | None) -> None:
    assert parse_accept(accept).stream() == expected


def test_browsers_ask_for_pages() -> None:
    assert parse_accept("text/html,application/xhtml+xml,*/*;q=0.8").page()
    assert not parse_accept("*/*").page()
