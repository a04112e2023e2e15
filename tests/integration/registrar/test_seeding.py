"""Plugins that come with an installation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from registrar.manifest import Manifest
from registrar.oauth import verify_secret
from registrar.seeding import seed_plugin
from store import Store
from tests.integration.registrar.conftest import MANIFEST, Api


async def stored(store: Store) -> dict[str, Any]:
    found = await store.collection("registrar_plugins").find_one({"_id": "market"})
    assert found is not None
    return found


async def test_a_seeded_plugin_is_like_a_registered_one(api: Api) -> None:
    credentials = await seed_plugin(api.store, MANIFEST, "given-secret")
    assert (credentials.client_id, credentials.client_secret) == ("market", "given-secret")
    data = await api.data('{ plugin(tag: "market") { name enabled permissions problems hooks { id mode } } }')
    assert data["plugin"]["problems"] == []
    assert data["plugin"]["permissions"] == MANIFEST["permissions"]
    off = await api.mutate("disablePlugin", {"pluginTag": "market"}, "plugin { enabled }", user="admin")
    assert off["plugin"] == {"enabled": False}
    await seed_plugin(api.store, MANIFEST, "given-secret")
    assert not (await stored(api.store))["enabled"]


async def test_seeding_again_changes_only_what_differs(store: Store) -> None:
    first = await seed_plugin(store, Manifest.from_json(MANIFEST))
    assert first.client_secret
    before = await stored(store)
    assert (await seed_plugin(store, MANIFEST)).client_secret is None
    assert await stored(store) == before
    await seed_plugin(store, MANIFEST, first.client_secret)
    assert await stored(store) == before
    await seed_plugin(store, MANIFEST | {"name": "Other"}, "new-secret")
    after = await stored(store)
    assert (after["name"], after["version"]) == ("Other", before["version"] + 1)
    assert verify_secret("new-secret", after["secret_hash"])


async def test_processes_that_seed_at_once_agree(store: Store) -> None:
    await asyncio.gather(*(seed_plugin(store, MANIFEST, "s") for _ in range(4)))
    assert verify_secret("s", (await stored(store))["secret_hash"])


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({"tag": "a_b", "name": "x"}, "manifest.tag"),
        ({"name": "x"}, "manifest has no tag"),
        ({"tag": "a", "name": "x", "colour": 1}, "no field 'colour'"),
        ({"tag": 1, "name": "x"}, "tag of manifest has the wrong type"),
        ({"tag": "a", "name": "x", "hooks": [{"id": "a_b_c"}]}, r"hooks\[0\] has no mode"),
        ({"tag": "a", "name": "x", "hooks": [{"id": "a_b_c", "mode": "NOW"}]}, "'NOW'; write SYNC or ASYNC"),
        ({"tag": "a", "name": "x", "hooks": [1]}, r"hooks\[0\] must be an object"),
    ],
)
async def test_a_wrong_manifest(store: Store, manifest: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        await seed_plugin(store, manifest)
