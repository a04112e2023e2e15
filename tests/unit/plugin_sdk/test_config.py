"""Settings: read once, checked, and wrong ones told in one line."""

import pytest

from plugin_sdk import ConfigError
from plugin_sdk.config import Endpoints, read_settings

GOOD = {"IZARA_URL": "http://127.0.0.1:4000", "IZARA_CLIENT_ID": "id", "IZARA_CLIENT_SECRET": "hush"}


def test_the_settings_are_read() -> None:
    settings = read_settings({**GOOD, "IZARA_LOG_LEVEL": "debug", "PATH": "/bin"})
    assert (settings.url, settings.client_id, settings.log_level) == (GOOD["IZARA_URL"], "id", "DEBUG")
    assert settings.client_secret.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "graphql", "websocket", "token"),
    [
        ("http://h:4000", "http://h:4000/graphql", "ws://h:4000/graphql", "http://h:4000/oauth/token"),
        ("https://h/", "https://h/graphql", "wss://h/graphql", "https://h/oauth/token"),
        ("https://h/api/graphql", "https://h/api/graphql", "wss://h/api/graphql", "https://h/oauth/token"),
    ],
)
def test_the_endpoints(url: str, graphql: str, websocket: str, token: str) -> None:
    assert Endpoints.of(url) == Endpoints(graphql, websocket, token)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"IZARA_URL": ""}, "IZARA_URL not set"),
        ({"IZARA_CLIENT_ID": "", "IZARA_CLIENT_SECRET": ""}, "IZARA_CLIENT_ID, IZARA_CLIENT_SECRET not set"),
        ({"IZARA_URL": "localhost:4000"}, "IZARA_URL is 'localhost:4000'"),
        ({"IZARA_URL": "http://h:port"}, "IZARA_URL is 'http://h:port'"),
        ({"IZARA_CLIENT_SECRT": "x"}, "unknown setting IZARA_CLIENT_SECRT"),
        ({"IZARA_LOG_LEVEL": "loud"}, "IZARA_LOG_LEVEL is 'loud': expected one of DEBUG"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(change: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings({**GOOD, **change})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_platforms_own_settings_are_no_mistake() -> None:
    read_settings({**GOOD, "IZARA_MONGODB_URI": "mongodb://h", "IZARA_PORT": "4000"})
