"""An issuer elsewhere that the platform under test trusts, so that tests can sign tokens of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.tokens import SigningParty


@asynccontextmanager
async def foreign_issuer() -> AsyncIterator[SigningParty]:
    """An issuer that publishes its metadata and keys; what it signs is for Izara unless told otherwise."""
    party = SigningParty()

    async def metadata(_: Request) -> JSONResponse:
        return JSONResponse({"issuer": party.issuer, "jwks_uri": f"{party.issuer}/jwks"})

    async def jwks(_: Request) -> JSONResponse:
        keys: Any = (await party.public()).as_dict(private=False)
        return JSONResponse(keys)

    routes = [Route("/.well-known/openid-configuration", metadata), Route("/jwks", jwks)]
    async with serving(Starlette(routes=routes)) as url:
        party.issuer = url
        yield party


def signed(party: SigningParty, **changes: Any) -> str:
    """A token of that party without the word Bearer; `changes` are claims."""
    return party.token(**changes).removeprefix("Bearer ")
