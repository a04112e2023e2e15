"""HTTP routes of the authorization server."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from registrar.oauth.development import DEVELOPMENT_USERS
from registrar.oauth.issuer import Issuer
from registrar.oauth.token_endpoint import TokenRequest, refused
from store import StoreUnavailable

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_MAX_BODY = 16_384
Endpoint = Callable[[Request], Awaitable[Response]]

_METADATA = "/.well-known/oauth-authorization-server"


def oauth_routes(issuer: Issuer, *, development: bool = False) -> list[BaseRoute]:
    """The routes: token, keys, metadata; with `development` also tokens for demo users, on loopback only."""

    async def token(request: Request) -> Response:
        try:
            parsed = TokenRequest(request.headers.get("authorization"), await _form(request))
        except InvalidRequestError as error:
            answer = refused(error)
        else:
            answer = await issuer.respond(parsed)
        return JSONResponse(dict(answer.body), answer.status, {**answer.headers, **_NO_STORE})

    async def jwks(request: Request) -> Response:
        keys = (await issuer.jwks()).as_dict(private=False)
        return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})

    async def metadata(request: Request) -> Response:
        base = f"{request.url.scheme}://{request.url.netloc}"
        return JSONResponse(dict(issuer.metadata(base)), headers={"Cache-Control": "public, max-age=300"})

    async def development_token(request: Request) -> Response:
        if not _is_local(request):
            return _error(403, "access_denied", "Development tokens are given on loopback only.")
        if request.method == "GET":
            return JSONResponse({"users": list(DEVELOPMENT_USERS)}, headers=_NO_STORE)
        return await _development_token(issuer, request)

    routes: list[BaseRoute] = [
        Route("/oauth/token", _available(token), methods=["POST"]),
        Route("/oauth/jwks", _available(jwks), methods=["GET"]),
        Route(_METADATA, metadata, methods=["GET"]),
    ]
    if development:
        routes.append(Route("/oauth/dev-token", _available(development_token), methods=["GET", "POST"]))
    return routes


def _available(endpoint: Endpoint) -> Endpoint:
    """The endpoint, which says so where the store cannot be reached."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StoreUnavailable:
            # RFC 6749 names this code for the authorization endpoint only; clients know it all the same.
            return _error(503, "temporarily_unavailable", "The store cannot be reached; try again.")

    return guarded


async def _development_token(issuer: Issuer, request: Request) -> Response:
    try:
        wanted = _wanted(await _json(request))
        if "user" in wanted:
            token = await issuer.issue_user_token(wanted["user"], wanted.get("scope"))
        else:
            token = await issuer.issue_plugin_token(wanted["plugin"], wanted.get("scope"))
    except (ValueError, LookupError) as error:
        return _error(400, "invalid_request", str(error.args[0]))
    body = {"access_token": token, "token_type": "Bearer", "expires_in": issuer.tokens.lifetime}
    return JSONResponse(body, headers=_NO_STORE)


def _wanted(body: Mapping[str, Any]) -> Mapping[str, str]:
    for name, value in body.items():
        if name not in ("user", "plugin", "scope"):
            raise ValueError(f"{name[:40]!r} is not known here; send user or plugin, and scope if you like.")
        if not isinstance(value, str):
            raise ValueError(f"{name!r} must be a string.")
    if ("user" in body) == ("plugin" in body):
        raise ValueError('Send one of {"user": NAME} and {"plugin": TAG}.')
    return body


async def _form(request: Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InvalidRequestError("The body must be application/x-www-form-urlencoded.")
    body = await _body(request)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise InvalidRequestError("The body is not form-encoded UTF-8 text of at most 50 parameters.") from error


async def _json(request: Request) -> Mapping[str, Any]:
    # A page of another origin cannot send this type without asking first, and nobody grants it.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ValueError("The body must be application/json.")
    try:
        body = json.loads(await _body(request))
    except (InvalidRequestError, ValueError, RecursionError) as error:
        raise ValueError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise InvalidRequestError("The body is larger than 16 KiB.")
    return body


def _is_local(request: Request) -> bool:
    """Whether caller and called host are loopback, with no proxy between.

    The host counts too: a page that resolves its own name to 127.0.0.1 would otherwise read the answer.
    """
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    called = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return (
        not forwarded
        and request.client is not None
        and _is_loopback(request.client.host)
        and (called == "localhost" or _is_loopback(called or ""))
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _error(status: int, code: str, description: str) -> Response:
    return JSONResponse({"error": code, "error_description": description}, status, _NO_STORE)
