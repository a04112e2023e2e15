"""The rules of graphql-transport-ws as the gateway keeps them towards clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.subscriptions.server_protocol import Close, ServerProtocol, SignIn, Start, Stop, Text
from gateway.wire.transport_ws import CloseCode


class Talk:
    """A protocol with a clock of its own, and JSON instead of text."""

    def __init__(self) -> None:
        self.now = 100.0
        self.protocol = ServerProtocol(
            now=self.now, sign_in_timeout=10, keep_alive=12, max_operations=2, max_values=100
        )

    def says(self, type: str, **members: Any) -> SignIn | Start | Stop | None:
        return self.protocol.receive(json.dumps({"type": type, **members}), self.now)

    def hears(self) -> list[Any]:
        return [json.loads(o.text) if isinstance(o, Text) else (o.code, o.reason) for o in self.protocol.outgoing()]

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.protocol.tick(self.now)

    def close_code(self) -> CloseCode | None:
        closes = [o for o in self.protocol.outgoing() if isinstance(o, Close)]
        return closes[-1].code if closes else None


@pytest.fixture
def waiting() -> Talk:
    return Talk()


@pytest.fixture
def ready(waiting: Talk) -> Talk:
    waiting.says("connection_init")
    waiting.protocol.accept(waiting.now)
    waiting.protocol.outgoing()
    return waiting


def started(request: object) -> int:
    assert isinstance(request, Start)
    return request.operation


def test_sign_in_is_judged_by_the_shell_and_acknowledged_after_it(waiting: Talk) -> None:
    assert waiting.says("connection_init", payload={"Authorization": "Bearer x"}) == SignIn(
        {"Authorization": "Bearer x"}
    )
    assert waiting.hears() == []
    waiting.protocol.accept(waiting.now)
    assert waiting.hears() == [{"type": "connection_ack"}]


def test_subscribe_before_the_acknowledgement_is_unauthorized(waiting: Talk) -> None:
    assert waiting.says("subscribe", id="1", payload={"query": "{ a }"}) is None
    assert waiting.close_code() is CloseCode.UNAUTHORIZED


def test_a_second_sign_in_is_one_too_many(ready: Talk) -> None:
    ready.says("connection_init")
    assert ready.close_code() is CloseCode.TOO_MANY_INITIALISATIONS


def test_a_second_sign_in_while_the_first_is_judged_is_one_too_many(waiting: Talk) -> None:
    waiting.says("connection_init")
    waiting.says("connection_init")
    assert waiting.close_code() is CloseCode.TOO_MANY_INITIALISATIONS


def test_silence_instead_of_a_sign_in_ends_the_connection(waiting: Talk) -> None:
    assert waiting.protocol.deadline == 110.0
    waiting.later(9.9)
    assert waiting.close_code() is None
    waiting.later(0.1)
    assert waiting.close_code() is CloseCode.INITIALISATION_TIMEOUT


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"type": "start"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "", "payload": {}}',
        '{"type": "subscribe", "id": 1, "payload": {}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "complete"}',
        '{"type": "ping", "payload": 1}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "connection_ack"}',
    ],
)
def test_what_is_not_a_message_of_a_client_ends_the_connection(ready: Talk, text: str) -> None:
    assert ready.protocol.receive(text, ready.now) is None
    assert ready.close_code() is CloseCode.BAD_REQUEST
    assert ready.protocol.closed


def test_a_ping_is_answered_with_its_payload(waiting: Talk) -> None:
    waiting.says("ping", payload={"n": 1})
    waiting.says("ping")
    assert waiting.hears() == [{"type": "pong", "payload": {"n": 1}}, {"type": "pong"}]


def test_results_go_out_under_the_clients_id_until_the_operation_ends(ready: Talk) -> None:
    operation = started(ready.says("subscribe", id="a", payload={"query": "{ a }"}))
    ready.protocol.result(operation, {"data": {"a": 1}})
    ready.protocol.finished(operation)
    ready.protocol.result(operation, {"data": {"a": 2}})
    ready.protocol.finished(operation)
    assert ready.hears() == [
        {"id": "a", "type": "next", "payload": {"data": {"a": 1}}},
        {"id": "a", "type": "complete"},
    ]


def test_a_refused_operation_is_an_error_and_its_id_is_free_again(ready: Talk) -> None:
    operation = started(ready.says("subscribe", id="a", payload={}))
    ready.protocol.refused(operation, [{"message": "no"}])
    assert ready.hears() == [{"id": "a", "type": "error", "payload": [{"message": "no"}]}]
    assert isinstance(ready.says("subscribe", id="a", payload={}), Start)


def test_an_id_in_use_ends_the_connection(ready: Talk) -> None:
    ready.says("subscribe", id="a", payload={})
    ready.says("subscribe", id="a", payload={})
    assert ready.protocol.outgoing() == [Close(CloseCode.SUBSCRIBER_EXISTS, "Subscriber for a already exists")]


def test_after_the_client_completes_nothing_of_the_operation_reaches_a_reused_id(ready: Talk) -> None:
    first = started(ready.says("subscribe", id="a", payload={}))
    assert ready.says("complete", id="a") == Stop(first)
    second = started(ready.says("subscribe", id="a", payload={}))
    assert second != first
    ready.protocol.result(first, {"data": "stale"})
    ready.protocol.finished(first)
    ready.protocol.result(second, {"data": "fresh"})
    assert ready.hears() == [{"id": "a", "type": "next", "payload": {"data": "fresh"}}]


def test_completing_what_has_ended_is_no_mistake(ready: Talk) -> None:
    assert ready.says("complete", id="gone") is None
    assert ready.hears() == []


def test_operations_beyond_the_limit_are_refused_one_by_one(ready: Talk) -> None:
    for id in "ab":
        assert isinstance(ready.says("subscribe", id=id, payload={}), Start)
    assert ready.says("subscribe", id="c", payload={}) is None
    [refusal] = ready.hears()
    assert (refusal["type"], refusal["payload"][0]["extensions"]["code"]) == ("error", "TOO_MANY_OPERATIONS")
    assert not ready.protocol.closed


def test_a_sign_in_that_expires_ends_the_connection_then(waiting: Talk) -> None:
    waiting.says("connection_init")
    waiting.protocol.accept(waiting.now, expires=waiting.now + 5)
    waiting.hears()
    assert waiting.protocol.deadline == waiting.now + 5
    waiting.later(5)
    assert waiting.protocol.outgoing() == [Close(CloseCode.FORBIDDEN, "token expired")]


def test_a_quiet_client_is_pinged_and_dropped_when_it_never_answers(ready: Talk) -> None:
    for _ in range(3):
        ready.later(12)
        assert ready.hears() == [{"type": "ping"}]
    ready.later(12)
    assert ready.close_code() is CloseCode.INITIALISATION_TIMEOUT


def test_a_client_that_answers_pings_is_kept(ready: Talk) -> None:
    for _ in range(10):
        ready.later(12)
        ready.says("pong")
    assert not ready.protocol.closed


def test_a_reason_is_cut_to_what_a_close_frame_holds(ready: Talk) -> None:
    ready.protocol.close(CloseCode.FORBIDDEN, "ü" * 100)
    [close] = ready.protocol.outgoing()
    assert isinstance(close, Close)
    assert close.reason == "ü" * 60


def test_nothing_is_heard_or_said_after_the_end(ready: Talk) -> None:
    operation = started(ready.says("subscribe", id="a", payload={}))
    ready.protocol.close(CloseCode.FORBIDDEN, "enough")
    ready.protocol.outgoing()
    assert ready.says("ping") is None
    ready.protocol.result(operation, {"data": 1})
    ready.protocol.close(CloseCode.NORMAL, "again")
    assert ready.hears() == []
    assert ready.protocol.deadline is None


def test_a_message_of_very_many_values_is_not_read(ready: Talk) -> None:
    ready.says("subscribe", id="1", payload={"query": "{ a }", "variables": {"list": [0] * 101}})
    assert ready.hears() == [
        (CloseCode.BAD_REQUEST, "Invalid message: More than 100 values: send them in several operations")
    ]


def test_what_is_in_strings_is_no_value(ready: Talk) -> None:
    said = ready.says("subscribe", id="1", payload={"query": "{ a }", "variables": {"text": "," * 101}})
    assert isinstance(said, Start)
