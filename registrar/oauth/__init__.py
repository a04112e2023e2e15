"""The OAuth 2 authorization server of Izara, on Authlib."""

from .access_tokens import LIFETIME, TokenIssuer
from .development import DEVELOPMENT_USERS
from .issuer import Issuer, ScopeRefused
from .routes import oauth_routes
from .secrets import hash_secret, new_secret, verify_secret
from .signing import COLLECTION as SIGNING_KEYS
from .signing import Rotation, SigningKeys

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
