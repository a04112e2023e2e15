"""Settings of every Izara process, read once from `IZARA_…`; an unknown name is an error, not a surprise later."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

if TYPE_CHECKING:
    from flows import EngineSettings

# What a setting is about is loaded when there is something to say of it: commands that only call a running Izara, and
# a gateway alone, read settings too.

PREFIX = "IZARA_"
EVERY_INTERFACE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Addresses that only listen, and where such a listener is reached from its own machine."""
PLUGIN_NAMES = frozenset({"URL", "CLIENT_ID", "CLIENT_SECRET"})
"""Read by plugins through the SDK; allowed here because one environment may serve both."""

Days = Annotated[float, Field(le=36_500)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class SettingsError(Exception):
    """A setting is wrong or unknown; the message names it and what it may be."""


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """Where to listen, which store, which issuers, which subgraphs, and what a gateway alone or services do.

    Where None stands for a number or a list, the default of who is told it holds.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", validate_default=False)

    mongodb_uri: str | None = None
    mongod: Path | None = None
    data_dir: Path = Path(".izara")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 4000
    log_level: str = "WARNING"
    log_format: LogFormat = LogFormat.TEXT
    issuer: str | None = None
    jwks_url: str | None = None
    audience: str = "izara"
    trusted_issuers: Annotated[tuple[str, ...], NoDecode] = ()
    token_algorithms: Annotated[tuple[str, ...] | None, NoDecode] = None
    token_leeway: Annotated[int, Field(ge=0, le=300)] = 10
    policies_claim: Annotated[str | None, Field(min_length=1)] = None
    subgraphs: Annotated[Mapping[str, str], NoDecode] = {}
    supergraph: str | None = None
    ca_file: Path | None = None
    event_streams: Annotated[frozenset[str], NoDecode] = frozenset()
    forward_headers: Annotated[tuple[str, ...], NoDecode] = ()
    request_timeout: Seconds = 60
    subgraph_timeout: Seconds = 30
    introspection: bool = True
    mask_errors: bool = False
    show_plans: bool = False
    retention_days: Days = 30
    failed_retention_days: Days = 30
    connection_cap: Annotated[int | None, Field(ge=1, le=100_000_000)] = None
    payload_limit: Annotated[int | None, Field(ge=1_024, le=1_048_576)] = None

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
        if value.upper() not in levels:
            raise ValueError(f"{value!r} is no log level; it is one of {', '.join(levels)}")
        return value.upper()

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        # A socket bound to "" listens on every interface, which nobody means who leaves it empty.
        if not value.strip():
            raise ValueError("is empty; write 127.0.0.1, or 0.0.0.0 for every interface")
        return value.strip().removeprefix("[").removesuffix("]")

    @field_validator("jwks_url")
    @classmethod
    def _jwks_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no http or https url")
        return value

    @field_validator("token_algorithms", mode="before")
    @classmethod
    def _algorithms(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        from identity import KNOWN_ALGORITHMS

        names = _items(value)
        wrong = [name for name in names if name not in KNOWN_ALGORITHMS]
        if wrong or not names:
            raise ValueError(
                f"{wrong[0] if wrong else ''!r} cannot be accepted; what can is {', '.join(KNOWN_ALGORITHMS)}"
            )
        return names

    @field_validator("retention_days", "failed_retention_days")
    @classmethod
    def _longer_than_retries(cls, value: float) -> float:
        from flows.settings import DAY, EngineSettings

        if value * DAY <= EngineSettings.retry_window:
            days = EngineSettings.retry_window / DAY
            raise ValueError(f"{value} is not more than {days:g}: a delivery may be retried for {days:g} days")
        return value

    @model_validator(mode="after")
    def _keys_of_an_issuer(self) -> Self:
        if self.jwks_url is not None and self.issuer is None:
            raise ValueError("IZARA_JWKS_URL: set IZARA_ISSUER too, the issuer whose keys these are")
        return self

    @field_validator("trusted_issuers", "event_streams", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _items(value) if isinstance(value, str) else value

    @field_validator("forward_headers", mode="before")
    @classmethod
    def _headers(cls, value: Any) -> Any:
        return _items(value.lower()) if isinstance(value, str) else value

    @field_validator("subgraphs", mode="before")
    @classmethod
    def _subgraphs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [item.strip().partition("=") for item in value.split(",") if item.strip()]
        wrong = [
            name for name, equals, url in pairs if not (name and equals and url.startswith(("http://", "https://")))
        ]
        if wrong:
            raise ValueError(f"{wrong[0]!r}: write name=url, with an http or https url, separated by commas")
        urls = {name: url for name, _, url in pairs}
        if len(urls) < len(pairs):
            raise ValueError("a name is given twice")
        return urls

    def issuer_at(self, port: int) -> str:
        """The issuer of our tokens: as set, else the address that this process listens on."""
        return self.issuer or self.base_url(port)

    def base_url(self, port: int) -> str:
        """The address under which a process of this machine that listens on `port` is reached."""
        host = EVERY_INTERFACE.get(self.host, self.host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def engine_settings(settings: Settings) -> EngineSettings:
    """What the engines of this process's services are told."""
    from flows.settings import DAY, EngineSettings

    told = EngineSettings(
        retention=int(settings.retention_days * DAY),
        failed_retention=int(settings.failed_retention_days * DAY),
    )
    given = {"connection_cap": settings.connection_cap, "payload_limit": settings.payload_limit}
    return replace(told, **{name: value for name, value in given.items() if value is not None})


def environment_of_others() -> dict[str, str]:
    """This process's environment without its settings: what a program begins with that it starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _items(text: str) -> tuple[str, ...]:
    """What commas separate."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def read_settings(**given: Any) -> Settings:
    """The settings of this process; `given` (a command's options) wins over the environment.

    Raises:
        SettingsError: a value does not fit, or there is an `IZARA_` name that means nothing.
    """
    known = {name.upper() for name in Settings.model_fields} | PLUGIN_NAMES
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            raise SettingsError(
                f"{name} is not a setting; the settings are {', '.join(PREFIX + item for item in sorted(known))}"
            )
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        name = f"{PREFIX}{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        raise SettingsError(f"{name}{message}") from error
