"""Bearer tokens as callers present them: an HTTP header, or the payload of `connection_init`."""

from __future__ import annotations

from typing import Any

from identity.errors import UNAUTHENTICATED, CodedError


def bearer_token(authorization: str) -> str:
    """The token in `Bearer <token>` (RFC 6750 section 2.1); raises CodedError UNAUTHENTICATED otherwise."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise CodedError(
            UNAUTHENTICATED,
            f"Authorization uses the scheme {scheme[:20]!r}; send `Authorization: Bearer <token>`.",
        )
    token = token.strip()
    if len(token.split()) != 1:
        raise CodedError(UNAUTHENTICATED, "Authorization carries no single token after `Bearer`.")
    return token


def authorization_of_connection_init(payload: Any) -> str | None:
    """`Authorization` of a `connection_init` payload in whatever case; None where there is none.

    Raises CodedError UNAUTHENTICATED where the payload is no object or the value no string, so that a client
    that meant to sign in is told so instead of going on as anonymous.
    """
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise CodedError(UNAUTHENTICATED, "The payload of connection_init must be an object.")
    for name, value in payload.items():
        if str(name).lower() != "authorization" or value is None:
            continue
        if not isinstance(value, str):
            raise CodedError(UNAUTHENTICATED, "`Authorization` in the connection_init payload must be a string.")
        return value
    return None
