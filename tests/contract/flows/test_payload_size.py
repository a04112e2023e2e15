"""The largest payload that is accepted can be stored and read on every server."""

from __future__ import annotations

from bson import encode

from flows.payloads import LARGEST, keep
from store import Store
from tests.support.toy_service import prepare_toys, toy_engine
from tests.unit.flows.test_machine import a_delivery, a_run


async def test_a_payload_of_the_largest_size_is_read_as_it_was_stored(store: Store) -> None:
    await prepare_toys(store)
    payload = {"text": "", "lines": ["\u00fc", "\u20ac", '"']}
    payload["text"] = "x" * (LARGEST - len(encode(payload)))
    kept = keep("r", "toy_f_s_h", 0, payload, 1, 65_536)
    assert (dict(kept.payload), len(encode(payload))) == ({}, LARGEST)
    async with toy_engine(store) as engine:
        await engine.parts.payloads.store(a_run(), [kept])
    async with toy_engine(store) as other:
        await other.parts.payloads.store(a_run(), [kept])
        read, gone = await other.parts.payloads.fill([a_delivery(payload_ref=kept.ref), a_delivery(payload_ref="none")])
        assert read is not None and read.payload == payload
        assert gone is None
