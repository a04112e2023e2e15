"""Secrets at rest: sealed values for plugins, and client secrets that need not be kept to be told again.

The vault's key lies in the store like the signing keys do. Sealing keeps secrets out of dumps of runs, logs and
documents; it is no guard against somebody who holds the whole store.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from registrar.documents import VaultDocument
from registrar.oauth import hash_secret
from store import Store, StoreUnavailable, insert_unique, now_ms, translate_errors

VAULT_ID = "vault"


class Vault:
    """Seals, opens and derives by one 512-bit key."""

    def __init__(self, key: str) -> None:
        self._key = base64.b64decode(key)
        # Deterministic encryption: the same input gives the same parameters, so a repeated mutation attaches
        # to its first run.
        self._cipher = AESSIV(self._key)

    def seal(self, value: str, *context: str) -> str:
        """`value` in a form that only `open` with the same context reads."""
        return base64.b64encode(self._cipher.encrypt(json.dumps(value).encode(), _data(context))).decode()

    def open(self, sealed: str, *context: str) -> str | None:
        """What was sealed; None where it was sealed by another key or for another context."""
        try:
            opened = self._cipher.decrypt(base64.b64decode(sealed), _data(context))
        except (InvalidTag, ValueError):
            return None
        return str(json.loads(opened))

    def client_secret(self, run_id: str) -> str:
        """The client secret that a run gave out: told again to a repeated mutation, kept nowhere."""
        return base64.urlsafe_b64encode(self._derive("secret", run_id)).decode().rstrip("=")

    async def client_secret_hash(self, run_id: str) -> str:
        """The hash of that secret, the same each time (a step may be computed twice)."""
        salt = self._derive("salt", run_id)[:16]
        return await asyncio.to_thread(hash_secret, self.client_secret(run_id), salt)

    def _derive(self, *parts: str) -> bytes:
        return hmac.new(self._key, json.dumps(parts).encode(), hashlib.sha256).digest()


async def open_vault(store: Store) -> Vault:
    """The store's vault, made where there is none yet."""
    collection = store.collection("registrar_vault")
    for _ in range(2):
        with translate_errors():
            found = await collection.find_one({"_id": VAULT_ID})
        if found is not None:
            return Vault(found["key"])
        key = base64.b64encode(secrets.token_bytes(64)).decode()
        fields: Mapping[str, object] = {"version": 1, "created_at": now_ms(), "deleted": False}
        await insert_unique(collection, {"_id": VAULT_ID, **fields, "effects": {}, "outbox": {}, "key": key})
    raise StoreUnavailable("the vault was written but cannot be read")


def vault_of(document: VaultDocument | None) -> Vault:
    """The vault of its document, which is made before the registrar is ready."""
    if document is None:
        raise StoreUnavailable("the vault is missing: start the registrar once, it makes one")
    return Vault(document.key)


def _data(context: tuple[str, ...]) -> list[bytes]:
    return [part.encode() for part in context]
