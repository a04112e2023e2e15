"""An issuer of tokens behind a real server: metadata and keys, which may change, be missing or keep silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.tokens import SigningParty, make_key


@dataclass
class RunningIssuer:
    """Attributes:
    party: signs tokens with the key of now.
    published: what the JWKS holds besides that key.
    status: of the JWKS; 0 where it gives no answer before the test is over.
    loads: how often the JWKS was asked for.
    """

    party: SigningParty
    published: list[Key | dict[str, str]] = field(default_factory=list)
    status: int = 200
    loads: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return self.party.issuer

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/keys"

    def rotate(self, *, keep: bool = False) -> None:
        """Signs with a new key from now on; the old one stays published where it is kept."""
        if keep:
            self.published.append(self.party.key)
        self.party.key = make_key()

    async def keys(self, _: Request) -> Response:
        self.loads += 1
        if self.status == 0:
            await self.over.wait()
        found = [item if isinstance(item, dict) else item.as_dict(private=False) for item in self.published]
        return JSONResponse({"keys": [*found, self.party.key.as_dict(private=False)]}, self.status or 500)

    async def metadata(self, _: Request) -> Response:
        return JSONResponse({"issuer": self.url, "jwks_uri": self.jwks_url})


@asynccontextmanager
async def running_issuer(
    metadata: str = "/.well-known/openid-configuration", certificate: Path | None = None
) -> AsyncIterator[RunningIssuer]:
    """Serve one on a free port; its address is its name.

    Args:
        metadata: the path of its metadata.
        certificate: see `serving`.
    """
    site = Starlette()
    async with serving(site, certificate=certificate) as url:
        issuer = RunningIssuer(SigningParty(issuer=url))
        site.routes.extend([Route("/keys", issuer.keys), Route(metadata, issuer.metadata)])
        try:
            yield issuer
        finally:
            issuer.over.set()
