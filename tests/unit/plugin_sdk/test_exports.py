"""The public door of the SDK: adding to it is a decision, taking from it breaks plugins."""

import plugin_sdk
from plugin_sdk import testing


def test_the_public_names() -> None:
    assert sorted(plugin_sdk.__all__) == [
        "Amend",
        "Cause",
        "ConfigError",
        "Connection",
        "CredentialsRefused",
        "DefinitionError",
        "ErrorDetail",
        "GraphQLFailed",
        "HookContext",
        "HookDefinition",
        "HookDefinitionError",
        "Link",
        "Links",
        "MissingLink",
        "Plugin",
        "PluginError",
        "Record",
        "Reject",
        "Retry",
        "SeveralConnections",
        "UserErrors",
        "as_json",
        "checked",
    ]
    assert all(hasattr(plugin_sdk, name) for name in plugin_sdk.__all__)


def test_the_public_names_for_tests() -> None:
    assert sorted(testing.__all__) == [
        "Call",
        "Complete",
        "Delivered",
        "Failed",
        "Harness",
        "Rejected",
        "RetryLater",
        "connection",
    ]
