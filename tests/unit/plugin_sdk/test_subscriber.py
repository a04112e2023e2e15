"""The graphql-transport-ws client, by plain calls."""

from __future__ import annotations

import json

import pytest

from plugin_sdk.protocol.messages import (
    BadMessage,
    CloseCode,
    Completed,
    ConnectionAck,
    ConnectionInit,
    Next,
    Ping,
    Pong,
    Refused,
    Subscribe,
    encode,
    parse,
)
from plugin_sdk.protocol.subscriber import State, Subscriber

RESULT = Next("1", {"a": 1})


def connecting() -> Subscriber:
    return Subscriber("query", {"v": 1}, "Bearer t", now=100, ack_within=10, silent_after=25)


def subscribed() -> Subscriber:
    subscriber = connecting()
    subscriber.receive(ConnectionAck(), 101)
    subscriber.to_send()
    return subscriber


def test_it_signs_in_first_and_subscribes_once_accepted() -> None:
    subscriber = connecting()
    assert subscriber.to_send() == [ConnectionInit({"Authorization": "Bearer t"})]
    assert subscriber.to_send() == []
    subscriber.receive(ConnectionAck(), 101)
    assert subscriber.to_send() == [Subscribe("1", "query", {"v": 1})]


def test_results_are_given_and_those_of_other_operations_are_not() -> None:
    subscriber = subscribed()
    assert subscriber.receive(RESULT, 102) is RESULT
    assert subscriber.receive(Next("2", {}), 102) is None


def test_pings_are_answered() -> None:
    subscriber = subscribed()
    subscriber.receive(Ping(), 102)
    assert subscriber.to_send() == [Pong()]


def test_silence_ends_it_and_pings_do_not_break_silence() -> None:
    subscriber = subscribed()
    assert subscriber.deadline == 126
    subscriber.receive(RESULT, 110)
    subscriber.receive(Ping(), 130)
    assert subscriber.deadline == 135
    subscriber.tick(134.9)
    assert subscriber.ending is None
    subscriber.tick(135)
    assert subscriber.ending is not None and "silent" in subscriber.ending.reason


def test_not_being_accepted_in_time_ends_it() -> None:
    subscriber = connecting()
    subscriber.tick(110)
    assert subscriber.ending is not None and "did not accept" in subscriber.ending.reason


def test_a_refusal_ends_it_with_its_errors() -> None:
    subscriber = subscribed()
    subscriber.receive(Refused("1", ({"message": "no"},)), 102)
    assert subscriber.ending is not None and subscriber.ending.refused == ({"message": "no"},)


def test_the_servers_end_is_an_end() -> None:
    subscriber = subscribed()
    subscriber.receive(Completed("1"), 102)
    assert subscriber.state is State.ENDED
    assert subscriber.receive(RESULT, 103) is None


@pytest.mark.parametrize("message", [ConnectionAck(), RESULT])
def test_a_server_out_of_turn_is_told_so(message: ConnectionAck | Next) -> None:
    subscriber = subscribed() if isinstance(message, ConnectionAck) else connecting()
    subscriber.receive(message, 102)
    assert subscriber.ending is not None and subscriber.ending.code is CloseCode.BAD_RESPONSE


def test_leaving_still_takes_what_was_sent_before() -> None:
    subscriber = subscribed()
    subscriber.leave(110)
    assert subscriber.to_send() == [Completed("1"), Ping()]
    assert subscriber.receive(RESULT, 110.1) is RESULT
    subscriber.leave(110.2)
    assert subscriber.to_send() == []
    subscriber.receive(Pong(), 110.3)
    assert subscriber.ending is not None and subscriber.ending.code is CloseCode.NORMAL


def test_leaving_does_not_wait_for_ever() -> None:
    subscriber = subscribed()
    subscriber.leave(110)
    subscriber.receive(RESULT, 111)
    subscriber.tick(112)
    assert subscriber.state is State.ENDED


def test_leaving_before_being_accepted_is_at_once() -> None:
    subscriber = connecting()
    subscriber.leave(101)
    assert subscriber.state is State.ENDED


@pytest.mark.parametrize("message", [ConnectionInit({"a": 1}), Ping(), Pong(), Subscribe("1", "q", {}), Completed("1")])
def test_messages_are_of_the_protocol(message: ConnectionInit | Ping | Pong | Subscribe | Completed) -> None:
    types = {"ConnectionInit": "connection_init", "Completed": "complete"}
    name = type(message).__name__
    assert json.loads(encode(message))["type"] == types.get(name, name.lower())


def test_incoming_messages_are_read() -> None:
    text = '{"type": "next", "id": "1", "payload": {"data": {"a": 1}, "errors": [{"message": "m"}]}}'
    assert parse(text) == Next("1", {"a": 1}, ({"message": "m"},))
    assert parse('{"type": "error", "id": "1", "payload": []}') == Refused("1", ())
    assert parse('{"type": "complete", "id": "1"}') == Completed("1")
    assert parse('{"type": "connection_ack", "payload": {}}') == ConnectionAck()
    assert [parse('{"type": "ping"}'), parse('{"type": "pong"}')] == [Ping(), Pong()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"type": "hello"}', "type: 'hello'"),
        ('{"type": "next", "id": 1, "payload": {}}', "id: expected a string"),
        ('{"type": "next", "id": "1"}', "payload: expected an object"),
        ('{"type": "next", "id": "1", "payload": {"data": 3}}', "payload.data"),
        ('{"type": "next", "id": "1", "payload": {"errors": 3}}', "errors: expected a list"),
        ('{"type": "error", "id": "1", "payload": {}}', "payload: expected a list"),
    ],
)
def test_a_message_that_is_none_names_its_fault(text: str, told: str) -> None:
    with pytest.raises(BadMessage, match=told):
        parse(text)
