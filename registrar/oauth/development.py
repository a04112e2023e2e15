"""Users of the development issuer: whoever can reach it on loopback may be any of them."""

from __future__ import annotations

import re

from identity import ADMIN
from registrar.oauth.access_tokens import Grant

DEVELOPMENT_CLIENT = "development"
DEVELOPMENT_USERS = ("admin", "ada", "bob", "eve")
"""The users of the demo; others can be named too."""

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z")


def development_grant(name: str) -> Grant:
    """What a token of that user says; raises ValueError where `name` cannot be a user's.

    `admin` has the scope `admin`; the others have none, their roles decide.
    """
    if not _USER.match(name):
        raise ValueError(f"{name[:64]!r} cannot be a user: letters, digits and . _ @ - only, 64 at most.")
    scopes = (ADMIN,) if name == "admin" else ()
    return Grant(f"user:{name}", DEVELOPMENT_CLIENT, scopes, name.capitalize())
