"""Settings: every rule, and errors that name the variable."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from flows import EngineSettings
from flows.settings import DAY
from gateway.config import GatewayConfig
from identity import TokenSettings
from izara.authorizing import token_settings
from izara.root import FORWARDED
from izara.serve import gateway_config
from izara.settings import LogFormat, Settings, SettingsError, engine_settings, environment_of_others, read_settings
from plugin_sdk import config as plugin_config


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("IZARA_")]:
        monkeypatch.delenv(name)


def test_defaults() -> None:
    read = read_settings()
    assert (read.host, read.port, read.data_dir, read.log_format) == ("127.0.0.1", 4000, Path(".izara"), LogFormat.TEXT)
    assert read.issuer_at(4000) == "http://127.0.0.1:4000"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_TRUSTED_ISSUERS", "https://a, https://b,")
    monkeypatch.setenv("IZARA_SUBGRAPHS", "a=http://x/graphql, b=https://y/graphql?q=1")
    monkeypatch.setenv("IZARA_LOG_LEVEL", "debug")
    monkeypatch.setenv("IZARA_ISSUER", "https://issuer")
    read = read_settings()
    assert read.trusted_issuers == ("https://a", "https://b")
    assert read.subgraphs == {"a": "http://x/graphql", "b": "https://y/graphql?q=1"}
    assert read.log_level == "DEBUG"
    assert read.issuer_at(1) == "https://issuer"


def test_what_tokens_must_say_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_settings(read_settings(), "https://issuer", ()) == TokenSettings("https://issuer", "izara")
    monkeypatch.setenv("IZARA_TOKEN_ALGORITHMS", "RS512, Ed25519")
    monkeypatch.setenv("IZARA_TOKEN_LEEWAY", "60")
    monkeypatch.setenv("IZARA_POLICIES_CLAIM", "https://example.com/policies")
    read = read_settings()
    claim = "https://example.com/policies"
    told = TokenSettings(None, "izara", leeway=60, algorithms=("RS512", "Ed25519"), policies_claim=claim)
    assert token_settings(read, None, ()) == told


def test_keys_belong_to_an_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_JWKS_URL", "https://login.example/keys")
    with pytest.raises(SettingsError, match=r"^IZARA_JWKS_URL: set IZARA_ISSUER too"):
        read_settings()
    monkeypatch.setenv("IZARA_ISSUER", "https://login.example")
    assert read_settings().jwks_url == "https://login.example/keys"


def test_what_a_gateway_alone_does_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_SUPERGRAPH", "supergraph.graphql")
    usual = gateway_config(read_settings(), "sdl")
    assert usual == GatewayConfig(supergraph="sdl", forward_headers=FORWARDED)
    monkeypatch.setenv("IZARA_EVENT_STREAMS", "clock, news")
    monkeypatch.setenv("IZARA_FORWARD_HEADERS", "X-Tenant, authorization")
    monkeypatch.setenv("IZARA_REQUEST_TIMEOUT", "5")
    monkeypatch.setenv("IZARA_SUBGRAPH_TIMEOUT", "0.5")
    monkeypatch.setenv("IZARA_INTROSPECTION", "false")
    monkeypatch.setenv("IZARA_MASK_ERRORS", "true")
    monkeypatch.setenv("IZARA_SHOW_PLANS", "1")
    assert gateway_config(read_settings(), "sdl") == GatewayConfig(
        supergraph="sdl",
        event_streams=frozenset({"clock", "news"}),
        forward_headers=(*FORWARDED, "x-tenant"),
        request_timeout=timedelta(seconds=5),
        subgraph_timeout=timedelta(seconds=0.5),
        introspection=False,
        mask_errors=True,
        show_plans=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("REQUEST_TIMEOUT", "0"), ("SUBGRAPH_TIMEOUT", "soon"), ("REQUEST_TIMEOUT", "nan"), ("MASK_ERRORS", "perhaps")],
)
def test_what_a_gateway_cannot_do_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"IZARA_{name}", value)
    with pytest.raises(SettingsError, match=f"^IZARA_{name}: "):
        read_settings()


def test_what_services_are_told_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_settings(read_settings()) == EngineSettings()
    monkeypatch.setenv("IZARA_RETENTION_DAYS", "3.5")
    monkeypatch.setenv("IZARA_FAILED_RETENTION_DAYS", "90")
    monkeypatch.setenv("IZARA_CONNECTION_CAP", "500")
    monkeypatch.setenv("IZARA_PAYLOAD_LIMIT", "2048")
    told = EngineSettings(retention=7 * DAY // 2, failed_retention=90 * DAY, connection_cap=500, payload_limit=2_048)
    assert engine_settings(read_settings()) == told


def test_what_a_program_begins_with_that_is_started_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_PORT", "5000")
    monkeypatch.setenv("OTHER", "1")
    begins = environment_of_others()
    assert begins["OTHER"] == "1" and "IZARA_PORT" not in begins


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_PORT", "5000")
    assert read_settings(port=None).port == 5000
    assert read_settings(port=0).port == 0


def test_an_unknown_name_is_an_error_that_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IZARA_MONGO_URI", "mongodb://a")
    with pytest.raises(SettingsError, match=r"IZARA_MONGO_URI is not a setting.*IZARA_MONGODB_URI"):
        read_settings()


def test_what_we_read_is_known_to_plugins() -> None:
    """A plugin that is started in our environment must not take a setting of ours for a mistake."""
    assert {f"IZARA_{name.upper()}" for name in Settings.model_fields} <= plugin_config.KNOWN


def test_what_plugins_read_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"IZARA_{name}", "x")
    read_settings()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "x", "valid integer"),
        ("PORT", "", "valid integer"),
        ("PORT", "65536", "65535"),
        ("JWKS_URL", "login.example/keys", "no http or https url"),
        ("TOKEN_ALGORITHMS", "ES256,HS256", "'HS256' cannot be accepted; what can is ES256"),
        ("TOKEN_ALGORITHMS", " ", "cannot be accepted"),
        ("TOKEN_LEEWAY", "-1", "greater than or equal to 0"),
        ("TOKEN_LEEWAY", "301", "less than or equal to 300"),
        ("RETENTION_DAYS", "3", "3.0 is not more than 3: a delivery may be retried for 3 days"),
        ("FAILED_RETENTION_DAYS", "-1", "-1.0 is not more than 3"),
        ("RETENTION_DAYS", "month", "valid number"),
        ("RETENTION_DAYS", "inf", "less than or equal to 36500"),
        ("PAYLOAD_LIMIT", "0", "greater than or equal to 1024"),
        ("PAYLOAD_LIMIT", "16777216", "less than or equal to 1048576"),
        ("CONNECTION_CAP", "0", "greater than or equal to 1"),
        ("CONNECTION_CAP", "many", "valid integer"),
        ("POLICIES_CLAIM", "", "at least 1 character"),
        ("PORT", "-1", "greater than or equal to 0"),
        ("HOST", " ", "is empty"),
        ("LOG_LEVEL", "LOUD", "'LOUD' is no log level.*DEBUG"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("SUBGRAPHS", "commerce", "'commerce': write name=url"),
        ("SUBGRAPHS", "=http://x", "write name=url"),
        ("SUBGRAPHS", "a=ftp://x", "'a': write name=url"),
        ("SUBGRAPHS", "a=http://x,a=http://y", "given twice"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"IZARA_{name}", value)
    with pytest.raises(SettingsError, match=f"^IZARA_{name}: .*{says}"):
        read_settings()


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("::1", "http://[::1]:7"),
        ("[::1]", "http://[::1]:7"),
        ("::", "http://[::1]:7"),
        ("0.0.0.0", "http://127.0.0.1:7"),
        ("localhost", "http://localhost:7"),
    ],
)
def test_an_address_that_a_client_can_use(host: str, base: str) -> None:
    assert read_settings(host=host).base_url(7) == base
