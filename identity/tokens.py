"""Bearer tokens to principals: JWT access tokens (RFC 9068) of our own issuer and of trusted ones."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
)

from identity.bearer import bearer_token
from identity.errors import UNAUTHENTICATED, UNAVAILABLE, CodedError
from identity.keys import KeyDirectory, KeySource, KeysUnavailable
from identity.permissions import ADMIN
from identity.principal import ANONYMOUS, Principal, PrincipalKind

ALGORITHMS = ("ES256", "ES384", "RS256", "PS256")
"""Signatures that are accepted unless something else is set."""

KNOWN_ALGORITHMS = (*ALGORITHMS, "ES512", "RS384", "RS512", "PS384", "PS512", "Ed25519")
"""Signatures that can be accepted: asymmetric ones only, so no holder of public keys can sign."""

ALL_AUTHORIZATIONS = "*"
"""In the claim `authorizations`: every authorization that the plugin has when the token is used."""

_OWN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_TRUSTED_TYPES = _OWN_TYPES | {"jwt", ""}
_CACHE_SIZE = 1024
_CACHE_SECONDS = 30
_MAX_TOKEN = 16_384


@dataclass(frozen=True)
class TrustedIssuer:
    """Another OpenID Connect issuer whose tokens sign users in.

    Args:
        issuer: exact value of its tokens' `iss`.
        audience: what its tokens' `aud` must name; ours where None.
        admins: whether its `admin` scope makes an admin here.
    """

    issuer: str
    audience: str | None = None
    admins: bool = False


@dataclass(frozen=True)
class TokenSettings:
    """What a token must say.

    Args:
        issuer: our own issuer; None where a process knows only others.
        audience: what `aud` must name.
        trusted_issuers: others whose users may sign in.
        leeway: seconds by which clocks may differ.
        algorithms: which signatures are accepted, some of `KNOWN_ALGORITHMS`.
        policies_claim: the claim that names the policies which a trusted issuer grants; None where none does.
    """

    issuer: str | None
    audience: str
    trusted_issuers: tuple[TrustedIssuer, ...] = ()
    leeway: int = 10
    algorithms: tuple[str, ...] = ALGORITHMS
    policies_claim: str | None = None


class TokenVerifier:
    """Turns an `Authorization` header into a principal.

    Args:
        settings: what a token must say.
        keys: keys of our own issuer; None where there is none.
        trusted: keys of each trusted issuer.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        settings: TokenSettings,
        keys: KeySource | None,
        *,
        trusted: KeyDirectory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._sources: dict[str, KeySource] = dict(trusted or {})
        if settings.issuer is not None and keys is not None:
            self._sources[settings.issuer] = keys
        self._trusted = {item.issuer: item for item in settings.trusted_issuers}
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def verify(self, authorization: str | None) -> Principal:
        """The caller; anonymous without a header.

        Raises CodedError: UNAUTHENTICATED with the reason for a bad token, UNAVAILABLE where the keys of its
        issuer cannot be had.
        """
        known = self.known(authorization)
        if known is not None or authorization is None:
            return known or ANONYMOUS
        token = bearer_token(authorization)
        principal = await self._verify(token)
        self._remember(_digest(token), principal)
        return principal

    def known(self, authorization: str | None) -> Principal | None:
        """The caller, where that can be said without waiting: anonymous, or verified less than 30 s ago.

        Raises CodedError UNAUTHENTICATED for what is no bearer token.
        """
        if authorization is None:
            return ANONYMOUS
        known = self._verified.get(_digest(bearer_token(authorization)))
        return known[1] if known is not None and self._clock() < known[0] else None

    def _remember(self, digest: bytes, principal: Principal) -> None:
        until = min(self._clock() + _CACHE_SECONDS, (principal.expires_at or 0) + self._settings.leeway)
        self._verified[digest] = (until, principal)
        self._verified.move_to_end(digest)
        while len(self._verified) > _CACHE_SIZE:
            self._verified.popitem(last=False)

    async def _verify(self, token: str) -> Principal:
        header, unverified = _peek(token)
        issuer = unverified.get("iss")
        source = self._sources.get(issuer) if isinstance(issuer, str) else None
        if source is None or not isinstance(issuer, str):
            raise _refused(f"its issuer {issuer!r} is not trusted here")
        self._check_header(header, issuer)
        claims = await self._signed_claims(token, header, source)
        self._check_claims(claims, issuer)
        return self._principal(claims, issuer)

    def _check_header(self, header: Mapping[str, Any], issuer: str) -> None:
        algorithm = header.get("alg")
        if algorithm not in self._settings.algorithms:
            raise _refused(f"its algorithm {algorithm!r} is not one of {', '.join(self._settings.algorithms)}")
        allowed = _OWN_TYPES if issuer == self._settings.issuer else _TRUSTED_TYPES
        kind = str(header.get("typ", "")).lower()
        if kind not in allowed:
            raise _refused(f"its type {header.get('typ')!r} is not that of an access token (at+jwt)")

    async def _signed_claims(self, token: str, header: Mapping[str, Any], source: KeySource) -> dict[str, Any]:
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise _refused("its key id is not a string")
        try:
            key = await source.find(kid)
        except KeysUnavailable as error:
            raise CodedError(UNAVAILABLE, f"The token cannot be verified now: {error}") from error
        if key is None:
            raise _refused(f"it is signed with the key {kid!r}, which its issuer does not publish")
        try:
            return jwt.decode(token, key, algorithms=list(self._settings.algorithms)).claims
        except BadSignatureError as error:
            raise _refused("its signature does not fit") from error
        except (JoseError, ValueError) as error:
            raise _refused(f"it cannot be read: {error}") from error

    def _check_claims(self, claims: dict[str, Any], issuer: str) -> None:
        trusted = self._trusted.get(issuer)
        audience = (trusted and trusted.audience) or self._settings.audience
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=self._settings.leeway,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError as error:
            raise _refused("it has expired; get a new one") from error
        except MissingClaimError as error:
            raise _refused(f"it has no {error.claim}") from error
        except InvalidClaimError as error:
            if error.claim == "aud":
                raise _refused(f"it is for the audience {claims.get('aud')!r}, not for {audience!r}") from error
            raise _refused(f"its {error.claim} is not valid") from error
        except ClaimError as error:
            raise _refused(str(error)) from error

    def _principal(self, claims: Mapping[str, Any], issuer: str) -> Principal:
        scopes = _scopes(claims)
        expires_at = int(claims["exp"])
        subject = str(claims["sub"])
        if issuer != self._settings.issuer:
            policies = self._policies(claims)
            return _foreign_user(claims, self._trusted.get(issuer), issuer, scopes, policies, expires_at)
        kind, separator, id = subject.partition(":")
        if not separator or not id or kind not in ("user", "plugin"):
            raise _refused(f"its subject {subject!r} is neither user:<id> nor plugin:<tag>")
        name = claims.get("name")
        return Principal(
            kind=PrincipalKind(kind.upper()),
            id=id,
            name=name if isinstance(name, str) and name else id,
            scopes=scopes,
            authorizations=_authorizations(claims) if kind == "plugin" else None,
            expires_at=expires_at,
        )

    def _policies(self, claims: Mapping[str, Any]) -> frozenset[str]:
        name = self._settings.policies_claim
        return frozenset() if name is None else _names(claims, name)


def _foreign_user(
    claims: Mapping[str, Any],
    trusted: TrustedIssuer | None,
    issuer: str,
    scopes: frozenset[str],
    policies: frozenset[str],
    expires_at: int,
) -> Principal:
    """A user of another issuer: `sub` is unique only within it, so the issuer's host is part of the id."""
    parts = urlsplit(issuer)
    host = (parts.netloc + parts.path.rstrip("/")) or issuer
    name = next((claims[key] for key in ("name", "preferred_username", "email") if claims.get(key)), claims["sub"])
    admin = trusted is not None and trusted.admins
    return Principal(
        kind=PrincipalKind.USER,
        id=f"{claims['sub']}@{host}",
        name=str(name),
        scopes=scopes if admin else scopes - {ADMIN},
        policies=policies,
        expires_at=expires_at,
    )


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """`scope` is the name of RFC 8693; some issuers write `scp`, and lists."""
    return _names(claims, "scope") | _names(claims, "scp")


def _names(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """A claim that is a list of names, or a text of names with spaces between them."""
    value = claims.get(claim)
    if value is None:
        return frozenset()
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return frozenset(value)
    raise _refused(f"its {claim} is neither a text nor a list of texts")


def _authorizations(claims: Mapping[str, Any]) -> frozenset[str] | None:
    value = claims.get("authorizations", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _refused("its authorizations are not a list of ids")
    return None if ALL_AUTHORIZATIONS in value else frozenset(value)


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims before anything is verified, to find out whose keys to ask for."""
    parts = token.split(".")
    if len(token) > _MAX_TOKEN or len(parts) != 3:
        raise _refused("it is not a signed JWT (three parts, at most 16 KiB)")
    return _json_part(parts[0], "header"), _json_part(parts[1], "claims")


def _json_part(part: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _refused(f"its {what} cannot be read") from error
    if not isinstance(value, dict):
        raise _refused(f"its {what} are no JSON object")
    return value


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _refused(reason: str) -> CodedError:
    return CodedError(UNAUTHENTICATED, f"The token is refused: {reason}.")
