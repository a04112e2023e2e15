"""Who calls: users with development tokens."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field

import aiohttp

from tests.support.gql import Caller, development_token

FRESH = 240.0
"""Seconds for which a token is given out again; it lives for ten minutes, a test for four at most."""


@dataclass
class People:
    """Users of one running Izara."""

    session: aiohttp.ClientSession
    base: str
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def user(self, name: str) -> Caller:
        """A user at the gateway."""
        token, since = self.tokens.get(name, ("", 0.0))
        if not token or time.monotonic() - since > FRESH:
            since = time.monotonic()
            token = await development_token(self.session, self.base, name)
            self.tokens[name] = token, since
        return self.caller(token)

    async def newcomer(self) -> Caller:
        """A user who was never there before."""
        return await self.user(f"newcomer{next(self.numbers)}")

    async def plugin(self, tag: str) -> Caller:
        """Somebody with a plugin's token."""
        return self.caller(await development_token(self.session, self.base, tag, "plugin"))

    def caller(self, token: str | None, path: str = "/graphql") -> Caller:
        """Somebody with that token, or nobody, at an endpoint of this Izara."""
        return Caller(self.session, self.base + path, token)
