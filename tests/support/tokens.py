"""Tokens and keys of a test issuer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

ISSUER = "http://localhost:4000"
AUDIENCE = "izara"


def make_key() -> ECKey:
    """A fresh P-256 key with an id."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)


@dataclass
class SigningParty:
    """Signs whatever a test wants to see accepted or refused.

    Attributes:
        loads: how often the public keys were asked for.
    """

    key: ECKey = field(default_factory=make_key)
    issuer: str = ISSUER
    loads: int = 0

    async def public(self) -> KeySet:
        """The public key set."""
        self.loads += 1
        return KeySet([ECKey.import_key(self.key.as_dict(private=False))])

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Claims of a good token of ada; None removes a claim."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "user:ada",
            "name": "Ada",
            "scope": "",
            "client_id": "test",
            "iat": now,
            "exp": now + 600,
            "jti": "1",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """`Bearer <token>` with those claims, signed by the key."""
        head = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid, **(header or {})}
        return "Bearer " + jwt.encode(head, self.claims(**changes), self.key, algorithms=["ES256"])
