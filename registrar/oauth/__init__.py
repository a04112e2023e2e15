"""The OAuth 2 authorization server of Izara, on Authlib."""

from registrar.oauth.access_tokens import LIFETIME, TokenIssuer
from registrar.oauth.development import DEVELOPMENT_USERS
from registrar.oauth.issuer import Issuer, ScopeRefused
from registrar.oauth.routes import oauth_routes
from registrar.oauth.secrets import hash_secret, new_secret, verify_secret
from registrar.oauth.signing import COLLECTION as SIGNING_KEYS
from registrar.oauth.signing import Rotation, SigningKeys

__all__ = [
    "DEVELOPMENT_USERS",
    "LIFETIME",
    "SIGNING_KEYS",
    "Issuer",
    "Rotation",
    "ScopeRefused",
    "SigningKeys",
    "TokenIssuer",
    "hash_secret",
    "new_secret",
    "oauth_routes",
    "verify_secret",
]
