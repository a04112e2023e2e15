"""Settings of a plugin process: where the platform is and as whom to connect.

The one place of the SDK that reads the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from plugin_sdk.errors import ConfigError

PREFIX = "IZARA_"
REQUIRED = ("IZARA_URL", "IZARA_CLIENT_ID", "IZARA_CLIENT_SECRET")
# A plugin often inherits the environment of the platform it is started beside, so the platform's names are
# known here too; anything else with the prefix is a typing mistake.
KNOWN = frozenset(
    PREFIX + name
    for name in (
        *("URL", "CLIENT_ID", "CLIENT_SECRET", "LOG_LEVEL", "LOG_FORMAT"),
        *("MONGODB_URI", "MONGOD", "DATA_DIR", "HOST", "PORT"),
        *("ISSUER", "JWKS_URL", "AUDIENCE", "TRUSTED_ISSUERS", "TOKEN_ALGORITHMS", "TOKEN_LEEWAY", "POLICIES_CLAIM"),
        *("SUBGRAPHS", "SUPERGRAPH", "CA_FILE", "REQUEST_TIMEOUT", "SUBGRAPH_TIMEOUT", "MASK_ERRORS", "INTROSPECTION"),
        *("SHOW_PLANS", "FORWARD_HEADERS", "EVENT_STREAMS"),
        *("RETENTION_DAYS", "FAILED_RETENTION_DAYS", "CONNECTION_CAP", "PAYLOAD_LIMIT"),
    )
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")


@dataclass(frozen=True)
class Endpoints:
    """The addresses made from `IZARA_URL`: its origin, or the address of the GraphQL endpoint itself."""

    graphql: str
    websocket: str
    token: str

    @classmethod
    def of(cls, url: str) -> Endpoints:
        """Derive them.

        Raises:
            ConfigError: where the URL is not an http or https address with a host.
        """
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(f"IZARA_URL is {url!r}: expected an address like http://127.0.0.1:4000")
        origin = f"{parts.scheme}://{parts.netloc}"
        path = parts.path.rstrip("/") or "/graphql"
        return cls(
            graphql=origin + path,
            websocket="ws" + origin.removeprefix("http") + path,
            token=f"{origin}/oauth/token",
        )


@dataclass(frozen=True)
class PluginSettings:
    """Everything a plugin process needs to know from outside."""

    url: str
    client_id: str
    client_secret: SecretStr
    log_level: str = "INFO"
    log_format: str = "text"

    @property
    def endpoints(self) -> Endpoints:
        """The addresses to talk to."""
        return Endpoints.of(self.url)


def read_settings(environ: Mapping[str, str] | None = None) -> PluginSettings:
    """Read and check the settings.

    Args:
        environ: the environment; the process's own by default.

    Raises:
        ConfigError: a name is missing or unknown, or a value is wrong. One line, naming it.
    """
    values = os.environ if environ is None else environ
    unknown = sorted(name for name in values if name.startswith(PREFIX) and name not in KNOWN)
    if unknown:
        raise ConfigError(f"unknown setting {', '.join(unknown)}; a plugin reads {', '.join(REQUIRED)}")
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise ConfigError(f"{', '.join(missing)} not set; registering the plugin gives id and secret")
    Endpoints.of(values["IZARA_URL"])
    return PluginSettings(
        url=values["IZARA_URL"],
        client_id=values["IZARA_CLIENT_ID"],
        client_secret=SecretStr(values["IZARA_CLIENT_SECRET"]),
        log_level=_choice(values, "IZARA_LOG_LEVEL", LOG_LEVELS, "INFO"),
        log_format=_choice(values, "IZARA_LOG_FORMAT", LOG_FORMATS, "text"),
    )


def _choice(values: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    given = values.get(name) or default
    for choice in choices:
        if given.lower() == choice.lower():
            return choice
    raise ConfigError(f"{name} is {given!r}: expected one of {', '.join(choices)}")
