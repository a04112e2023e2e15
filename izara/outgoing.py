"""HTTP to issuers, and to whoever else is asked: whose certificates are believed is a setting."""

from __future__ import annotations

import aiohttp

from gateway.executor.transports import BadAuthorities, tls_context
from izara.settings import PREFIX, Settings, SettingsError


def http_session(settings: Settings) -> aiohttp.ClientSession:
    """A session that believes the authorities of `IZARA_CA_FILE` too. Raises SettingsError."""
    if settings.ca_file is None:
        return aiohttp.ClientSession()
    try:
        tls = tls_context(settings.ca_file)
    except BadAuthorities as error:
        raise SettingsError(f"{PREFIX}CA_FILE: {error}") from error
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))
