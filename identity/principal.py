"""Who makes a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from identity.permissions import ADMIN


class PrincipalKind(StrEnum):
    """People, plugins, and callers without a token."""

    USER = "USER"
    PLUGIN = "PLUGIN"
    ANONYMOUS = "ANONYMOUS"


@dataclass(frozen=True)
class Principal:
    """A verified caller.

    Args:
        kind: user, plugin or anonymous.
        id: the subject without its kind: `ada`, `market`; empty for anonymous.
        name: for people to read.
        scopes: what the token grants; for a plugin its permissions.
        authorizations: ids of the authorizations that a plugin's token is narrowed to; None is not narrowed.
        policies: what the issuer grants by name; empty unless a claim is set to say so.
        expires_at: when the token ends, seconds since the epoch; None where it does not.
    """

    kind: PrincipalKind
    id: str
    name: str
    scopes: frozenset[str] = frozenset()
    authorizations: frozenset[str] | None = None
    policies: frozenset[str] = frozenset()
    expires_at: int | None = field(default=None, compare=False)

    @property
    def ref(self) -> str:
        """`user:ada`, `plugin:market` or `anonymous`: the same for every token of this caller."""
        if self.kind is PrincipalKind.ANONYMOUS:
            return "anonymous"
        return f"{self.kind.lower()}:{self.id}"

    @property
    def is_signed_in(self) -> bool:
        """Whether the caller has a token."""
        return self.kind is not PrincipalKind.ANONYMOUS

    @property
    def is_admin(self) -> bool:
        """Whether the token carries the `admin` scope."""
        return ADMIN in self.scopes


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS, "", "anonymous")


def user_ref(user_id: str) -> str:
    """The object ref of a user; users own themselves."""
    return f"registrar:User:{user_id}"
