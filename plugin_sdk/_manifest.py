"""The manifest: what a plugin says of itself to the registrar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugin_sdk._definition import HookDefinition
    from plugin_sdk._plugin import Plugin


def manifest(plugin: Plugin) -> dict[str, Any]:
    """The manifest of a plugin, in the shape of the registrar's input."""
    return {
        "tag": plugin.tag,
        "name": plugin.name,
        "objTypes": list(plugin.obj_types),
        "configSchema": plugin.config_schema,
        "permissions": list(plugin.permissions),
        "hooks": [_hook(definition) for definition in plugin.hooks],
        "maxInFlight": plugin.max_in_flight,
    }


def _hook(definition: HookDefinition) -> dict[str, Any]:
    timeout = definition.timeout
    return {
        "id": definition.hook_id,
        "mode": definition.mode.upper(),
        "before": list(definition.before),
        "after": list(definition.after),
        "onFailure": definition.on_failure.upper(),
        "onDead": definition.on_dead.upper(),
        "timeoutMs": None if timeout is None else round(timeout / timedelta(milliseconds=1)),
        "echoes": definition.echoes,
    }
