"""Whom a hook is delivered to, however many objects are asked about at once."""

from __future__ import annotations

import asyncio

import pytest

from flows import connected
from flows.connected import ConnectedPlugins
from store import Grouped, Store
from tests.support.toy_service import CHANGED, add_plugin, connect, jar_ref, prepare_toys


@pytest.mark.parametrize("most", [connected.MOST_IDS, 1], ids=["by ids", "too many ids"])
async def test_many_objects_at_once_get_what_each_gets_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(connected, "MOST_IDS", most)
    await prepare_toys(store)
    for tag in ("market", "books", "unused"):
        await add_plugin(store, tag, changed={"mode": "ASYNC"})
    await connect(store, "market", ["a", "b"])
    await connect(store, "books", ["b", "c"])
    await connect(store, "market", ["d"], status="REVOKED")
    plugins = ConnectedPlugins(store, Grouped(store))
    refs = [jar_ref(jar) for jar in "abcde"]

    alone = [await plugins.subscribers(CHANGED, [ref], None) for ref in refs]
    at_once = await asyncio.gather(*(plugins.subscribers(CHANGED, [ref], None) for ref in refs))
    several = await plugins.subscribers(CHANGED, refs, None)

    assert [[item.plugin_tag for item in found] for found in alone] == [
        ["market"],
        ["books", "market"],
        ["books"],
        [],
        [],
    ]
    assert at_once == alone
    assert [[item.object_ref for item in found.connections] for found in several] == [
        [jar_ref("b"), jar_ref("c")],
        [jar_ref("a"), jar_ref("b")],
    ]
