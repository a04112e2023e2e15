"""The rules of graphql-transport-ws as the gateway keeps them towards subgraphs."""

from __future__ import annotations

import json

import pytest

from gateway.executor.transport import SubgraphRequest, SubgraphResponse, TransportError
from gateway.executor.transports.binding import init_payload
from gateway.executor.transports.upstream import Event, Finished, Send, Upstream

REQUEST = SubgraphRequest("products", "subscription S { a }", "S", {"n": 1}, "subscription", {})


@pytest.fixture
def upstream() -> Upstream:
    return Upstream(REQUEST, {"Authorization": "Bearer x"})


@pytest.fixture
def streaming(upstream: Upstream) -> Upstream:
    upstream.receive('{"type": "connection_ack"}')
    return upstream


def test_it_signs_in_and_subscribes_once_acknowledged(upstream: Upstream) -> None:
    assert json.loads(upstream.start().text) == {"type": "connection_init", "payload": {"Authorization": "Bearer x"}}
    assert not upstream.acknowledged
    [step] = upstream.receive('{"type": "connection_ack"}')
    assert upstream.acknowledged
    assert isinstance(step, Send)
    payload = {"query": "subscription S { a }", "operationName": "S", "variables": {"n": 1}}
    assert json.loads(step.text) == {"id": "1", "type": "subscribe", "payload": payload}


def test_results_are_events_until_completion(streaming: Upstream) -> None:
    next = '{"type": "next", "id": "1", "payload": {"data": {"a": 1}, "extensions": {"x": 1}}}'
    assert streaming.receive(next) == [Event(SubgraphResponse({"a": 1}, [], {"x": 1}))]
    assert streaming.receive('{"type": "complete", "id": "1"}') == [Finished()]
    assert streaming.stop() is None


def test_a_refused_operation_is_one_event_with_errors(streaming: Upstream) -> None:
    error = '{"type": "error", "id": "1", "payload": [{"message": "no"}]}'
    assert streaming.receive(error) == [Event(SubgraphResponse(None, [{"message": "no"}])), Finished()]


def test_pings_are_answered_before_and_after_the_acknowledgement(upstream: Upstream) -> None:
    for _ in range(2):
        assert upstream.receive('{"type": "ping", "payload": {"n": 1}}') == [
            Send('{"type":"pong","payload":{"n":1}}'),
        ]
        assert upstream.receive('{"type": "pong"}') == []
        if not upstream.acknowledged:
            upstream.receive('{"type": "connection_ack"}')


def test_a_consumer_that_leaves_says_so_if_there_is_something_to_leave(upstream: Upstream) -> None:
    assert upstream.stop() is None
    upstream.receive('{"type": "connection_ack"}')
    assert upstream.stop() == Send('{"id":"1","type":"complete"}')
    assert upstream.stop() is None


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        '{"type": "connection_ack"}',
        '{"type": "connection_init"}',
        '{"type": "next", "id": "2", "payload": {"data": {}}}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "next", "id": "1", "payload": {"errors": "oops"}}',
        '{"type": "error", "id": "1", "payload": ["oops"]}',
        '{"type": "error", "id": "1", "payload": {"message": "oops"}}',
    ],
)
def test_a_subgraph_that_breaks_the_protocol_is_named(streaming: Upstream, text: str) -> None:
    with pytest.raises(TransportError, match="'products'") as caught:
        streaming.receive(text)
    assert caught.value.code == "SUBGRAPH_INVALID_RESPONSE"


def test_a_result_before_the_acknowledgement_breaks_the_protocol(upstream: Upstream) -> None:
    with pytest.raises(TransportError):
        upstream.receive('{"type": "next", "id": "1", "payload": {"data": {}}}')


@pytest.mark.parametrize(
    ("code", "expected"),
    [(4403, "SUBGRAPH_REFUSED_CONNECTION"), (4401, "SUBGRAPH_REFUSED_CONNECTION"), (1006, "SUBGRAPH_CONNECTION_LOST")],
)
def test_a_closed_socket_is_an_error_with_the_reason(streaming: Upstream, code: int, expected: str) -> None:
    error = streaming.closed(code, "token expired")
    assert (error.code, error.service) == (expected, "products")
    assert f"({code} token expired)" in error.message


@pytest.mark.parametrize(
    ("bound", "headers", "expected"),
    [
        ({}, {}, {}),
        ({}, {"authorization": "Bearer h"}, {"Authorization": "Bearer h"}),
        ({"authorization": "Bearer p", "x": 1}, {"authorization": "Bearer h"}, {"authorization": "Bearer p", "x": 1}),
    ],
)
def test_what_it_signs_in_with(bound: dict[str, object], headers: dict[str, str], expected: dict[str, object]) -> None:
    assert init_payload(bound, headers) == expected
