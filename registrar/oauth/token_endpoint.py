"""The token endpoint (RFC 6749 section 3.2), decided by Authlib over a client that was read beforehand."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    OAuth2Request,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750.token import BearerTokenGenerator

from registrar.oauth.clients import AUTH_METHODS, GRANT_TYPES, PluginClient

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*\Z")
_CREDENTIALS = "send client_id and client_secret, either as HTTP Basic or in the form"


@dataclass(frozen=True)
class TokenRequest:
    """A request of the token endpoint as it came in.

    Args:
        authorization: the `Authorization` header.
        form: all parameters of the form, in order, repeated ones included.
    """

    authorization: str | None
    form: Sequence[tuple[str, str]]

    def client_id(self) -> str | None:
        """Whose credentials these are.

        Raises InvalidRequestError where they cannot be read or there are two of them (RFC 6749 section 2.3).
        """
        in_header = self._basic_client_id()
        parameters = dict(self.form)
        if in_header is not None and "client_secret" in parameters:
            raise InvalidRequestError("Two ways of client authentication in one request; use one of them.")
        return in_header or parameters.get("client_id")

    def _basic_client_id(self) -> str | None:
        scheme, _, value = (self.authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            text = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise InvalidRequestError("The Basic credentials are not base64 of UTF-8 text.") from error
        if ":" not in text:
            raise InvalidRequestError("The Basic credentials have no colon between client id and secret.")
        return unquote(text.partition(":")[0])


@dataclass(frozen=True)
class TokenResponse:
    """Status, JSON body and headers to answer with."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


class _Request(OAuth2Request):  # type: ignore[misc]
    """Authlib's view of a request.

    Authlib refuses plain http but on loopback. Where TLS ends is the deployment's choice (often at a proxy),
    so the address that we happened to be called by is not shown to it.
    """

    def __init__(self, request: TokenRequest) -> None:
        headers = {"Authorization": request.authorization} if request.authorization else {}
        super().__init__("POST", "https://issuer.invalid/oauth/token", headers=headers)
        self._form = dict(request.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def authenticate_token_endpoint_client(self) -> PluginClient:
        try:
            client: PluginClient = super().authenticate_token_endpoint_client()
        except InvalidClientError as error:
            # One text for unknown clients and wrong secrets: it must not tell which client ids exist.
            raise InvalidClientError(
                status_code=401, description=f"Unknown client or wrong secret; {_CREDENTIALS}."
            ) from error
        return client

    def validate_requested_scope(self) -> None:
        client: PluginClient = self.request.client
        if not client.enabled:
            raise UnauthorizedClientError(f"The plugin {client.tag} is disabled; an admin can enable it.")
        scope = self.request.payload.scope
        if scope and not _SCOPE.match(scope):
            raise InvalidScopeError("The scope is not a list of names with single spaces between them.")
        missing = sorted(set((scope or "").split()) - set(client.permissions))
        if missing:
            raise InvalidScopeError(f"The plugin {client.tag} was not granted: {', '.join(missing)}.")


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server for one request: it asks for clients synchronously, so the only one is at hand."""

    def __init__(self, client: PluginClient, sign: Callable[[PluginClient, str], str], lifetime: int) -> None:
        super().__init__()
        self._client = client

        def generate(client: PluginClient, grant_type: str, user: None, scope: str) -> str:
            return sign(client, scope)

        self.register_grant(_ClientCredentials)
        self.register_token_generator("default", BearerTokenGenerator(generate, expires_generator=lifetime))

    def query_client(self, client_id: str) -> PluginClient | None:
        return self._client if client_id == self._client.client_id else None

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Tokens are not kept: they are short-lived, and what they allow is looked up at every use."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: TokenRequest) -> _Request:
        return _Request(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> TokenResponse:
        return TokenResponse(status, dict(body), dict(headers))


async def answer(
    request: TokenRequest,
    client: PluginClient,
    sign: Callable[[PluginClient, str], str],
    lifetime: int,
) -> TokenResponse:
    """The answer to a request of `client`; in a thread, as checking a secret costs much on purpose."""
    server = _Server(client, sign, lifetime)
    response: TokenResponse = await asyncio.to_thread(server.create_token_response, request)
    return response


def check_form(request: TokenRequest) -> None:
    """Raise OAuth2Error for a repeated parameter (RFC 6749 section 3.2), or no supported grant type."""
    names = [name for name, _ in request.form]
    for name in names:
        if names.count(name) > 1:
            raise InvalidRequestError(f"The parameter {_printable(name)} is given more than once.")
    supported = ", ".join(GRANT_TYPES)
    grant_type = dict(request.form).get("grant_type")
    if not grant_type:
        raise InvalidRequestError(f"The parameter grant_type is missing; supported: {supported}.")
    if grant_type not in GRANT_TYPES:
        error = UnsupportedGrantTypeError(grant_type)
        error.description = f"The grant type {_printable(grant_type)} is not supported, only: {supported}."
        raise error


def refused(error: OAuth2Error) -> TokenResponse:
    """The answer that tells of `error` (RFC 6749 section 5.2)."""
    status, body, headers = error()
    return TokenResponse(status, dict(body), dict(headers))


def _printable(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "?", text[:40])
