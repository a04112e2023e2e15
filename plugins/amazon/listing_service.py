"""A small listing service, to stand in for the real one: `python -m plugins.amazon.listing_service`.

Every key is an account with listings of its own, which are lost when the process ends. `GET /listings` gives those
of the account that asks, with a revision that grows with each change of values.
"""

from __future__ import annotations

import argparse
import hmac
import json
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FIELDS = {"sku", "title", "price", "quantity", "attributes"}
Listings = dict[str, dict[str, Any]]


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ListingService:
    """The listings of each account."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._accounts: dict[str, Listings] = {key: {} for key in keys}

    def account(self, request: Request) -> Listings:
        """The listings of who asks; raises Refused where the key is unknown."""
        given = request.headers.get("x-api-key", "").encode()
        for key, listings in self._accounts.items():
            if hmac.compare_digest(key.encode(), given):
                return listings
        raise Refused(401, "send the key of an account as X-Api-Key")

    async def list(self, request: Request) -> Response:
        """All listings of the account by id."""
        return JSONResponse(self.account(request))

    async def one(self, request: Request) -> Response:
        """Read, make, change or remove one listing."""
        listings, id = self.account(request), request.path_params["id"]
        match request.method:
            case "PUT":
                return self._put(listings, id, await values_of(request), request.headers.get("if-none-match") == "*")
            case "PATCH":
                return self._patch(listings, id, await values_of(request))
            case "DELETE":
                return Response(status_code=204 if listings.pop(id, None) is not None else 404)
        return JSONResponse(listings[id]) if id in listings else Response(status_code=404)

    @staticmethod
    def _put(listings: Listings, id: str, values: dict[str, Any], only_new: bool) -> Response:
        if id in listings and only_new:
            return Response(status_code=412)
        missing = FIELDS - values.keys()
        if missing:
            raise Refused(422, f"a listing needs {', '.join(sorted(missing))}, too")
        there = listings.get(id, {"revision": 0})
        listings[id] = {**values, "revision": there["revision"] + 1}
        return JSONResponse(listings[id], 201)

    @staticmethod
    def _patch(listings: Listings, id: str, values: dict[str, Any]) -> Response:
        if id not in listings:
            return Response(status_code=404)
        listing = listings[id]
        if any(listing[name] != value for name, value in values.items()):
            listings[id] = {**listing, **values, "revision": listing["revision"] + 1}
        return JSONResponse(listings[id])


async def values_of(request: Request) -> dict[str, Any]:
    """The values that a request gives; raises Refused where they are none of a listing."""
    try:
        values = json.loads(await request.body())
    except ValueError as error:
        raise Refused(400, f"the body is not JSON: {error}") from error
    if not isinstance(values, dict) or not values.keys() <= FIELDS:
        raise Refused(422, f"a listing has {', '.join(sorted(FIELDS))} and nothing else")
    return values


async def refusal(_: Request, error: Exception) -> Response:
    """The answer to a request that is refused."""
    assert isinstance(error, Refused), "registered for that"
    return JSONResponse({"error": str(error)}, error.status)


def create_app(keys: Sequence[str]) -> Starlette:
    """The service, for accounts of these keys."""
    service = ListingService(keys)
    routes = [
        Route("/listings", service.list),
        Route("/listings/{id:path}", service.one, methods=["GET", "PUT", "PATCH", "DELETE"]),
    ]
    return Starlette(routes=routes, exception_handlers={Refused: refusal})


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on loopback until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m plugins.amazon.listing_service", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0 takes a free one, which is printed")
    parser.add_argument("--key", action="append", required=True, help="the key of an account; may be given again")
    given = parser.parse_args(arguments)
    listening = socket.create_server(("127.0.0.1", given.port))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    print(f"listening on {address}", flush=True)  # noqa: T201 (what its user waits for)
    uvicorn.Server(uvicorn.Config(create_app(given.key), log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
