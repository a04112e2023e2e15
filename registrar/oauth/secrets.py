"""Client secrets: made here, shown once, kept only as scrypt hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

_COST = (2**14, 8, 1)
"""scrypt's n, r and p: 16 MiB and some 40 ms for each guess."""


def new_secret() -> str:
    """A secret of 256 random bits, safe in a URL, a header and a form."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str, salt: bytes | None = None) -> str:
    """`scrypt$n$r$p$salt$hash`, so that the cost can be raised without losing older secrets.

    The salt is random unless one is given.
    """
    n, r, p = _COST
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(secret.encode(), salt=salt, n=n, r=r, p=p)
    return "$".join(("scrypt", str(n), str(r), str(p), _text(salt), _text(digest)))


def verify_secret(secret: str, hashed: str) -> bool:
    """Whether `secret` is the one that was hashed; False too where `hashed` is no hash of ours."""
    try:
        name, n, r, p, salt, digest = hashed.split("$")
        if name != "scrypt":
            return False
        expected = base64.b64decode(digest)
        actual = hashlib.scrypt(secret.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p))
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(actual, expected)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
