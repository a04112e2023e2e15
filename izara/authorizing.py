"""What the gateway is told of callers: their tokens verified, and what those grant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Final

from gateway.subscriptions import Refused, Undecided
from gateway.supergraph.authorization import NOTHING, Grants
from identity import (
    ALGORITHMS,
    UNAVAILABLE,
    CodedError,
    Principal,
    RemoteKeys,
    TokenSettings,
    TokenVerifier,
    TrustedIssuer,
    fixed_url,
    http_fetch,
    trusted_keys,
)
from izara.outgoing import http_session
from izara.settings import Settings

_LATEST: Final = 253_402_300_799
"""The last second that a datetime can be."""


class TokenAuthorizer:
    """Grants the bearer of a token its scopes and policies; refuses a token that is not valid.

    See `gateway.pipeline.authorize.Authorizer`. Callers without a token are granted nothing, and not refused.
    """

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def known(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants | None:
        with _told():
            principal = self._verifier.known(headers.get("authorization"))
        return None if principal is None else _grants(principal)

    async def ask(self, headers: Mapping[str, str], policies: frozenset[str]) -> Grants:
        with _told():
            return _grants(await self._verifier.verify(headers.get("authorization")))


def _grants(principal: Principal) -> Grants:
    if not principal.is_signed_in:
        return NOTHING
    end = principal.expires_at
    return Grants(
        authenticated=True,
        scopes=principal.scopes,
        policies=principal.policies,
        expires_at=None if end is None else datetime.fromtimestamp(min(end, _LATEST), UTC),
    )


@contextmanager
def _told() -> Iterator[None]:
    """Errors of identity as those of the gateway."""
    try:
        yield
    except CodedError as error:
        raise (Undecided if error.code == UNAVAILABLE else Refused)(error.message) from error


def token_settings(settings: Settings, issuer: str | None, trusted: tuple[TrustedIssuer, ...]) -> TokenSettings:
    """What tokens must say in this process."""
    return TokenSettings(
        issuer=issuer,
        audience=settings.audience,
        trusted_issuers=trusted,
        leeway=settings.token_leeway,
        algorithms=settings.token_algorithms or ALGORITHMS,
        policies_claim=settings.policies_claim,
    )


@asynccontextmanager
async def open_verifier(settings: Settings) -> AsyncIterator[TokenVerifier | None]:
    """The verifier of a gateway that stands alone; None where no issuer is set.

    It need not know more of `IZARA_ISSUER` than of other issuers: who a subject is, is not its business.
    """
    if settings.issuer is None:
        yield None
        return
    issuers = (
        TrustedIssuer(settings.issuer, admins=True),
        *(TrustedIssuer(item) for item in settings.trusted_issuers if item != settings.issuer),
    )
    async with http_session(settings) as session:
        fetch = http_fetch(session)
        keys = dict(trusted_keys(issuers, fetch))
        if settings.jwks_url is not None:
            keys[settings.issuer] = RemoteKeys(fixed_url(settings.jwks_url), fetch)
        yield TokenVerifier(token_settings(settings, None, issuers), None, trusted=keys)


def described(settings: Settings) -> str:
    """One line for the operator: whose tokens a gateway that stands alone believes."""
    if settings.issuer is None:
        return (
            "not verified: without IZARA_ISSUER fields that are protected by @authenticated, @requiresScopes or "
            "@policy are refused to everyone"
        )
    issuers = ", ".join((settings.issuer, *settings.trusted_issuers))
    claim = settings.policies_claim
    policies = "no policies are granted" if claim is None else f"policies are those in the claim {claim}"
    return f"verified: of {issuers}, for the audience {settings.audience}; {policies}"
