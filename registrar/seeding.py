"""Plugins that come with an installation: there after start, with a secret that their processes are given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registrar.documents import PLUGINS
from registrar.manifest import Manifest, manifest_problems
from registrar.oauth import hash_secret, new_secret, verify_secret
from store import Store, StoreUnavailable, insert_unique, now_ms, translate_errors

_TRIES = 10


@dataclass(frozen=True)
class Credentials:
    """A plugin's credentials; the secret is None where the plugin existed and none was given."""

    client_id: str
    client_secret: str | None


async def seed_plugin(store: Store, manifest: Manifest | Mapping[str, Any], secret: str | None = None) -> Credentials:
    """Make the plugin what the manifest says, with that secret. Doing it again changes nothing more.

    It is not checked against the catalog, for services may announce their hooks later; `Plugin.problems` tells.

    Args:
        manifest: as its author writes it (camelCase), or read already.
        secret: the client secret that it shall have; None keeps that of a plugin that exists, and makes one for a
            new plugin.

    Raises:
        ValueError: something is wrong with the manifest by itself; the message says what and where.
    """
    read = manifest if isinstance(manifest, Manifest) else Manifest.from_json(manifest)
    problems = manifest_problems(read)
    if problems:
        raise ValueError("; ".join(f"{'.'.join(item.field)}: {item.message}" for item in problems))
    collection = store.collection(PLUGINS)
    for _ in range(_TRIES):
        with translate_errors():
            found = await collection.find_one({"_id": read.tag})
        given = secret if found is not None else secret or new_secret()
        fields = _fields(read)
        if found is None or (given is not None and not await _has(found, given)):
            assert given is not None, "a new plugin is given a secret"
            fields["secret_hash"] = await asyncio.to_thread(hash_secret, given)
        if found is None:
            if await insert_unique(collection, _new(read.tag, fields)):
                return Credentials(read.tag, given)
            continue
        changed = {name: value for name, value in fields.items() if found.get(name) != value}
        if not changed:
            return Credentials(found["client_id"], given)
        with translate_errors():
            answer = await collection.update_one(
                {"_id": read.tag, "version": found["version"]}, {"$set": changed, "$inc": {"version": 1}}
            )
        if answer.matched_count:
            return Credentials(found["client_id"], given)
    raise StoreUnavailable(f"plugin {read.tag!r} keeps being changed by others")


def _fields(manifest: Manifest) -> dict[str, Any]:
    fields = manifest.fields()
    return {**fields, "hooks": [hook.model_dump(mode="json") for hook in fields["hooks"]], "deleted": False}


def _new(tag: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_id": tag,
        "version": 1,
        "created_at": now_ms(),
        "effects": {},
        "outbox": {},
        "enabled": True,
        "client_id": tag,
        **fields,
    }


async def _has(found: Mapping[str, Any], secret: str) -> bool:
    return await asyncio.to_thread(verify_secret, secret, found["secret_hash"])
