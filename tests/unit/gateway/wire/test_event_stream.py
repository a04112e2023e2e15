"""Event streams, however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.event_stream import EventReader, EventTooLarge, ServerEvent

STREAM = (
    '\ufeff: hello\n\nevent: next\r\ndata: {"a":\r\ndata:  1}\r\nid: 7\r\n\r\n'
    "data: é\r\r:\n\nevent: complete\n\ndata: never ended"
).encode()
EVENTS = [ServerEvent("next", '{"a":\n 1}'), ServerEvent("message", "é"), ServerEvent("complete", "")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    reader = EventReader(1000)
    parts = [STREAM[start:end] for start, end in pairwise(places)]
    assert [event for part in parts for event in reader.feed(part)] == EVENTS


@pytest.mark.parametrize("part", [b"data: " + b"x" * 50, b"data: x\n" * 20, b": " + b"x" * 50])
def test_an_event_is_as_large_as_allowed_and_no_larger(part: bytes) -> None:
    with pytest.raises(EventTooLarge, match="40 bytes"):
        list(EventReader(40).feed(part))
    assert list(EventReader(40).feed(b"data: 1\n\n" * 20)) == [ServerEvent("message", "1")] * 20
