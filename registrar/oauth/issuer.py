"""The authorization server: tokens for plugins, and in development for users."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Error
from joserfc.jwk import KeySet

from identity import LocalKeys, is_permission
from registrar.oauth.access_tokens import Grant, TokenIssuer
from registrar.oauth.clients import AUTH_METHODS, GRANT_TYPES, PluginClient, load_client, unknown_client
from registrar.oauth.development import development_grant
from registrar.oauth.signing import SigningKeys, StoredKey
from registrar.oauth.token_endpoint import TokenRequest, TokenResponse, answer, check_form, refused
from store import Store, translate_errors


class ScopeRefused(ValueError):
    """A scope that cannot be granted; the message names it."""


class Issuer:
    """Issues access tokens and publishes the keys that verify them.

    Args:
        store: plugins and keys are read from it.
        tokens: issuer, audience and lifetime of the tokens.
        keys: the signing keys; those of the store where None.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        tokens: TokenIssuer,
        keys: SigningKeys | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.tokens = tokens
        self._store = store
        self._keys = keys or SigningKeys(store)
        self._clock = clock

    def key_source(self) -> LocalKeys:
        """Keys for verifying our own tokens in this process."""
        return LocalKeys(self._keys.public)

    async def jwks(self) -> KeySet:
        """The public keys (RFC 7517)."""
        return await self._keys.public()

    async def respond(self, request: TokenRequest) -> TokenResponse:
        """The answer of the token endpoint; errors are answers too."""
        try:
            check_form(request)
            client_id = request.client_id()
            if not client_id:
                raise InvalidClientError(status_code=401, description="No client credentials in the request.")
        except OAuth2Error as error:
            return refused(error)
        client = await load_client(self._store, client_id) or unknown_client(client_id)
        key = await self._keys.signing()
        return await answer(
            request,
            client,
            lambda client, scope: self._sign(client.grant(tuple(scope.split())), key),
            self.tokens.lifetime,
        )

    async def issue_user_token(self, name: str, scope: str | None = None) -> str:
        """A token for a development user; raises ScopeRefused for a scope that user does not have."""
        return await self._issue(_narrowed(development_grant(name), scope))

    async def issue_plugin_token(self, tag: str, scope: str | None = None) -> str:
        """A token for a plugin without its secret, for development.

        Raises LookupError where there is no such plugin or it is disabled, ScopeRefused for a scope that was not
        granted to it.
        """
        with translate_errors():
            document = await self._store.collection("registrar_plugins").find_one({"_id": tag})
        if document is None or document.get("deleted"):
            raise LookupError(f"There is no plugin {tag!r}.")
        client = PluginClient.from_document(document)
        if not client.enabled:
            raise LookupError(f"The plugin {tag!r} is disabled; an admin can enable it.")
        return await self._issue(_narrowed(client.grant(client.permissions), scope))

    def metadata(self, base: str) -> Mapping[str, Any]:
        """Metadata (RFC 8414): only what is there. `base` is the address that the endpoints are under."""
        return {
            "issuer": self.tokens.issuer,
            "token_endpoint": f"{base}/oauth/token",
            "jwks_uri": f"{base}/oauth/jwks",
            "grant_types_supported": list(GRANT_TYPES),
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        }

    async def _issue(self, grant: Grant) -> str:
        return self._sign(grant, await self._keys.signing())

    def _sign(self, grant: Grant, key: StoredKey) -> str:
        return self.tokens.sign(grant, key, int(self._clock()))


def _narrowed(grant: Grant, scope: str | None) -> Grant:
    if scope is None or not scope.strip():
        return grant
    asked = tuple(dict.fromkeys(scope.split()))
    for name in asked:
        if name not in grant.scopes:
            reason = "was not granted" if is_permission(name) else "does not exist"
            raise ScopeRefused(f"The scope {name!r} {reason} to {grant.subject}.")
    return Grant(grant.subject, grant.client_id, asked, grant.name, grant.authorizations)
