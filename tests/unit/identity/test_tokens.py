"""Which tokens are accepted, who they make the caller, and what a refused one is told."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from identity import (
    ANONYMOUS,
    KNOWN_ALGORITHMS,
    CodedError,
    KeysUnavailable,
    LocalKeys,
    Principal,
    PrincipalKind,
    TokenSettings,
    TokenVerifier,
    TrustedIssuer,
)
from tests.support.tokens import AUDIENCE, ISSUER, SigningParty, make_key

OTHER = "https://login.example/realm"


@pytest.fixture
def party() -> SigningParty:
    return SigningParty()


@pytest.fixture
def other() -> SigningParty:
    return SigningParty(issuer=OTHER)


@pytest.fixture
def verifier(party: SigningParty, other: SigningParty) -> TokenVerifier:
    settings = TokenSettings(ISSUER, AUDIENCE, (TrustedIssuer(OTHER),))
    return TokenVerifier(settings, LocalKeys(party.public), trusted={OTHER: LocalKeys(other.public)})


async def refusal(verifier: TokenVerifier, authorization: str) -> str:
    with pytest.raises(CodedError) as caught:
        await verifier.verify(authorization)
    assert caught.value.extensions == {"code": "UNAUTHENTICATED"}
    return caught.value.message


async def test_no_header_is_anonymous(verifier: TokenVerifier) -> None:
    assert await verifier.verify(None) is ANONYMOUS
    assert not ANONYMOUS.is_signed_in and ANONYMOUS.ref == "anonymous"


async def test_user(verifier: TokenVerifier, party: SigningParty) -> None:
    principal = await verifier.verify(party.token(scope="admin"))
    assert principal == Principal(PrincipalKind.USER, "ada", "Ada", frozenset({"admin"}))
    assert principal.is_admin and principal.ref == "user:ada"
    assert principal.expires_at is not None and principal.expires_at > time.time()


async def test_plugin_with_all_and_with_some_of_its_authorizations(
    verifier: TokenVerifier, party: SigningParty
) -> None:
    unbound = await verifier.verify(party.token(sub="plugin:market", authorizations=["*"]))
    assert (unbound.kind, unbound.ref, unbound.authorizations) == (
        PrincipalKind.PLUGIN,
        "plugin:market",
        None,
    )
    bound = await verifier.verify(party.token(sub="plugin:market", authorizations=["a"]))
    assert bound.authorizations == frozenset({"a"})
    silent = await verifier.verify(party.token(sub="plugin:market"))
    assert silent.authorizations == frozenset()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": int(time.time()) - 60}, "expired"),
        ({"nbf": int(time.time()) + 86_400}, "nbf"),
        ({"aud": "somebody-else"}, "for the audience 'somebody-else', not for 'izara'"),
        ({"aud": None}, "has no aud"),
        ({"exp": None}, "has no exp"),
        ({"sub": None}, "has no sub"),
        ({"iss": "https://evil.example"}, "issuer 'https://evil.example' is not trusted"),
        ({"iss": None}, "issuer None is not trusted"),
        ({"sub": "ada"}, "neither user:<id> nor plugin:<tag>"),
        ({"sub": "user:"}, "neither user:<id> nor plugin:<tag>"),
        ({"exp": "soon"}, "exp is not valid"),
        ({"scope": 5}, "scope is neither a text nor a list of texts"),
        ({"scp": ["admin", 5]}, "scp is neither a text nor a list of texts"),
        ({"sub": "plugin:market", "authorizations": "all"}, "authorizations are not a list"),
    ],
)
async def test_refused_claims(
    verifier: TokenVerifier, party: SigningParty, changes: dict[str, Any], reason: str
) -> None:
    assert reason in await refusal(verifier, party.token(**changes))


async def test_expiry_has_a_small_leeway(verifier: TokenVerifier, party: SigningParty) -> None:
    assert (await verifier.verify(party.token(exp=int(time.time()) - 3))).id == "ada"


async def test_an_id_token_is_no_access_token(verifier: TokenVerifier, party: SigningParty) -> None:
    assert "not that of an access token" in await refusal(verifier, party.token(header={"typ": "JWT"}))


async def test_a_forged_signature(verifier: TokenVerifier, party: SigningParty) -> None:
    forger = SigningParty()
    token = forger.token(header={"kid": party.key.kid}, scope="admin")
    assert "signature does not fit" in await refusal(verifier, token)


async def test_an_unknown_key(verifier: TokenVerifier) -> None:
    assert "does not publish" in await refusal(verifier, SigningParty().token())


async def test_symmetric_and_missing_algorithms(verifier: TokenVerifier, party: SigningParty) -> None:
    public = party.key.as_pem(private=False)
    head = {"alg": "HS256", "typ": "at+jwt", "kid": party.key.kid}
    forged = jwt.encode(head, party.claims(), OctKey.import_key(b"x" * 32 + public.hex().encode()))
    assert "algorithm 'HS256'" in await refusal(verifier, f"Bearer {forged}")
    unsigned = "eyJhbGciOiJub25lIn0." + party.token().split(".")[1] + "."
    assert "algorithm 'none'" in await refusal(verifier, f"Bearer {unsigned}")


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("Basic YWRhOng=", "scheme 'Basic'"),
        ("Bearer", "no single token"),
        ("Bearer a b", "no single token"),
        ("Bearer abc", "not a signed JWT"),
        ("Bearer a.b.c", "header cannot be read"),
        ("Bearer bnVsbA.bnVsbA.x", "no JSON object"),
        ("Bearer " + "a" * 20_000 + ".b.c", "not a signed JWT"),
        ("", "scheme ''"),
    ],
)
async def test_what_is_no_token(verifier: TokenVerifier, authorization: str, reason: str) -> None:
    assert reason in await refusal(verifier, authorization)


async def test_another_issuers_user_cannot_be_one_of_ours(verifier: TokenVerifier, other: SigningParty) -> None:
    principal = await verifier.verify(other.token(sub="user:ada", scope="admin openid", header={"typ": "JWT"}))
    assert principal.ref == "user:user:ada@login.example/realm"
    assert not principal.is_admin


async def test_a_trusted_issuer_may_be_allowed_to_name_admins(other: SigningParty) -> None:
    settings = TokenSettings(ISSUER, AUDIENCE, (TrustedIssuer(OTHER, audience="their-api", admins=True),))
    verifier = TokenVerifier(settings, LocalKeys(other.public), trusted={OTHER: LocalKeys(other.public)})
    assert (await verifier.verify(other.token(sub="1", aud=["x", "their-api"], scope="admin"))).is_admin


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "a b"}, {"a", "b"}),
        ({"scope": None, "scp": "a b"}, {"a", "b"}),
        ({"scope": None, "scp": ["a", "b c"]}, {"a", "b c"}),
        ({"scope": ["a"], "scp": "b"}, {"a", "b"}),
        ({"scope": None}, set()),
    ],
)
async def test_scopes_come_as_text_or_as_list(
    verifier: TokenVerifier, other: SigningParty, claims: dict[str, Any], scopes: set[str]
) -> None:
    assert (await verifier.verify(other.token(**claims))).scopes == scopes


async def test_another_issuers_token_need_not_tell_its_type(verifier: TokenVerifier, other: SigningParty) -> None:
    head = {"alg": "ES256", "kid": other.key.kid}
    token = jwt.encode(head, other.claims(), other.key, algorithms=["ES256"])
    assert (await verifier.verify(f"Bearer {token}")).is_signed_in
    refused = other.token(header={"typ": "secevent+jwt"})
    assert "not that of an access token" in await refusal(verifier, refused)


async def test_policies_are_granted_by_other_issuers_in_the_claim_that_is_set(
    party: SigningParty, other: SigningParty
) -> None:
    settings = TokenSettings(ISSUER, AUDIENCE, (TrustedIssuer(OTHER),), policies_claim="https://example.com/may")
    verifier = TokenVerifier(settings, LocalKeys(party.public), trusted={OTHER: LocalKeys(other.public)})
    claims: dict[str, Any] = {"https://example.com/may": ["pay", "hire"], "policies": ["all"]}
    assert (await verifier.verify(other.token(**claims))).policies == {"pay", "hire"}
    assert (await verifier.verify(other.token())).policies == frozenset()
    assert (await verifier.verify(party.token(**claims))).policies == frozenset()
    claims = {"https://example.com/may": {"pay": True}}
    assert "its https://example.com/may is neither a text nor" in await refusal(verifier, other.token(**claims))


async def test_only_the_algorithms_that_are_set_are_accepted(party: SigningParty) -> None:
    settings = TokenSettings(ISSUER, AUDIENCE, algorithms=("RS256", "Ed25519"))
    verifier = TokenVerifier(settings, LocalKeys(party.public))
    assert "algorithm 'ES256' is not one of RS256, Ed25519" in await refusal(verifier, party.token())


@pytest.mark.parametrize("algorithm", KNOWN_ALGORITHMS)
async def test_every_algorithm_that_can_be_set_works(algorithm: str) -> None:
    key = key_for(algorithm)
    party = SigningParty(issuer=OTHER)
    settings = TokenSettings(None, AUDIENCE, (TrustedIssuer(OTHER),), algorithms=(algorithm,))

    async def keys() -> KeySet:
        return KeySet([key])

    verifier = TokenVerifier(settings, None, trusted={OTHER: LocalKeys(keys)})
    token = jwt.encode({"alg": algorithm, "kid": key.kid}, party.claims(), key, algorithms=[algorithm])
    assert (await verifier.verify(f"Bearer {token}")).id == "user:ada@login.example/realm"


def key_for(algorithm: str) -> ECKey | RSAKey | OKPKey:
    if algorithm == "Ed25519":
        return OKPKey.generate_key("Ed25519", auto_kid=True)
    if algorithm.startswith("ES"):
        curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
        return ECKey.generate_key(curves[algorithm], auto_kid=True)
    return RSAKey.generate_key(2048, auto_kid=True)


async def test_what_is_known_needs_no_waiting_until_it_is_checked_again(party: SigningParty) -> None:
    clock = [time.time()]
    verifier = TokenVerifier(TokenSettings(ISSUER, AUDIENCE), LocalKeys(party.public), clock=lambda: clock[0])
    token = party.token()
    assert verifier.known(None) is ANONYMOUS
    assert verifier.known(token) is None
    assert verifier.known(token) is None
    principal = await verifier.verify(token)
    assert verifier.known(token) is principal
    clock[0] += 31
    assert verifier.known(token) is None
    with pytest.raises(CodedError, match="scheme 'Basic'"):
        verifier.known("Basic x")


async def test_what_is_remembered_is_bounded(party: SigningParty) -> None:
    verifier = TokenVerifier(TokenSettings(ISSUER, AUDIENCE), LocalKeys(party.public))
    first = party.token(jti="first")
    await verifier.verify(first)
    for number in range(1024):
        await verifier.verify(party.token(jti=str(number)))
    assert verifier.known(first) is None
    last = party.token(jti="last")
    await verifier.verify(last)
    assert verifier.known(last) is not None


async def test_one_issuers_key_does_not_sign_for_another(verifier: TokenVerifier, party: SigningParty) -> None:
    assert "does not publish" in await refusal(verifier, party.token(iss=OTHER))


async def test_keys_that_cannot_be_had_are_no_fault_of_the_token(party: SigningParty) -> None:
    async def unreachable() -> KeySet:
        raise KeysUnavailable("https://login.example/jwks cannot be read: refused")

    verifier = TokenVerifier(TokenSettings(ISSUER, AUDIENCE), LocalKeys(unreachable))
    with pytest.raises(CodedError, match="cannot be verified now") as caught:
        await verifier.verify(party.token())
    assert caught.value.code == "UNAVAILABLE"


async def test_a_verified_token_is_remembered_until_it_ends(party: SigningParty) -> None:
    now = time.time()
    clock = [now]
    verifier = TokenVerifier(TokenSettings(ISSUER, AUDIENCE, leeway=0), LocalKeys(party.public), clock=lambda: clock[0])
    token = party.token(exp=int(now) + 10)
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    clock[0] = now + 11
    assert "expired" in await refusal(verifier, token)


def test_keys_have_ids() -> None:
    assert make_key().kid
