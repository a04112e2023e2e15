"""When signing keys come, sign and go."""

from __future__ import annotations

import asyncio

from joserfc.jwk import Key

from registrar.oauth import Rotation, SigningKeys
from registrar.oauth.signing import Ring, StoredKey, rotate
from store import Store

ROTATION = Rotation(sign_for=100, publish_before=10, keep_after=20)


def key(active_from: int) -> StoredKey:
    return StoredKey(f"k{active_from}", {}, active_from)


def life(until: int) -> dict[int, tuple[str, tuple[str, ...]]]:
    """At each moment the signing key and the published ones."""
    ring, seen = Ring(1, (key(0),)), {}
    for now in range(until):
        ring = rotate(ring, now, ROTATION, key)
        seen[now] = (ring.signing(now).kid, tuple(item.kid for item in ring.keys))
    return seen


def test_keys_are_published_before_they_sign_and_kept_after() -> None:
    seen = life(400)
    assert seen[0] == ("k0", ("k0",))
    assert seen[89] == ("k0", ("k0",))
    assert seen[90] == ("k0", ("k0", "k100"))
    assert seen[100] == ("k100", ("k0", "k100"))
    assert seen[119] == ("k100", ("k0", "k100"))
    assert seen[120] == ("k100", ("k100",))
    assert seen[200] == ("k200", ("k100", "k200"))


def test_whatever_signs_is_published_and_was_for_long_enough() -> None:
    seen = life(1000)
    for now, (signing, published) in seen.items():
        assert signing in published
        if now >= 10:
            assert signing in seen[now - 10][1]
        for later in range(now, min(now + 20, 1000)):
            assert signing in seen[later][1]


def test_after_a_long_pause_the_old_key_signs_until_the_new_one_is_known() -> None:
    ring = rotate(Ring(1, (key(0),)), 5000, ROTATION, key)
    assert ring.signing(5000).kid == "k0"
    assert ring.signing(5010).kid == "k5010"


async def test_processes_that_start_at_once_agree_on_one_key(store: Store) -> None:
    rings = [SigningKeys(store) for _ in range(5)]
    kids = {key.kid for key in await asyncio.gather(*(ring.signing() for ring in rings))}
    assert len(kids) == 1
    assert len(list(await SigningKeys(store).public())) == 1


async def test_processes_that_rotate_at_once_agree(store: Store) -> None:
    now = [0]
    rings = [SigningKeys(store, ROTATION, lambda: now[0], max_age=0) for _ in range(4)]
    first = await rings[0].signing()
    now[0] = 90
    published = await asyncio.gather(*(ring.public() for ring in rings))
    assert len({tuple(sorted(str(key.kid) for key in keys)) for keys in published}) == 1
    assert len(list(published[0])) == 2
    now[0] = 130
    assert (await rings[1].signing()).kid != first.kid
    assert [key.kid for key in await rings[2].public()] == [(await rings[3].signing()).kid]


async def test_published_keys_have_no_private_part(store: Store) -> None:
    keys: list[Key] = list(await SigningKeys(store).public())
    assert not any(item.is_private for item in keys)
    assert "d" not in keys[0].as_dict()
