"""JWT access tokens (RFC 9068)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from joserfc import jwt

from registrar.oauth.signing import ALGORITHM, StoredKey

LIFETIME = 600
"""Seconds that an access token lives; what was granted is looked up again at every use anyway."""


@dataclass(frozen=True)
class Grant:
    """What one access token shall say.

    Args:
        subject: `user:<id>` or `plugin:<tag>`.
        client_id: the OAuth client that asked for it.
        scopes: what it grants.
        name: the subject's name, for people to read.
        authorizations: ids of the authorizations it may use; None for a user.
    """

    subject: str
    client_id: str
    scopes: tuple[str, ...]
    name: str
    authorizations: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TokenIssuer:
    """Who issues, and for whom the tokens are."""

    issuer: str
    audience: str
    lifetime: int = LIFETIME

    def sign(self, grant: Grant, key: StoredKey, now: int) -> str:
        """The signed token; `now` in seconds since the epoch."""
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": grant.subject,
            "client_id": grant.client_id,
            "scope": " ".join(grant.scopes),
            "name": grant.name,
            "iat": now,
            "exp": now + self.lifetime,
            "jti": secrets.token_urlsafe(16),
        }
        if grant.authorizations is not None:
            claims["authorizations"] = list(grant.authorizations)
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, claims, key.key, algorithms=[ALGORITHM])
