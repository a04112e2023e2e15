"""What an installation is made of, by tag. Nothing is loaded here: each command loads what it needs, and no more."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugin_sdk import Plugin

REGISTRAR: Final = "registrar"
"""It is a service too, and the only one that issues tokens."""

SERVICE_MODULES: Mapping[str, str] = {
    REGISTRAR: "registrar.app",
    "commerce": "subgraphs.commerce.app",
    "market": "subgraphs.market.app",
    "supply": "subgraphs.supply.app",
    "accounting": "subgraphs.accounting.app",
}
"""Every service by its tag, with the module that has it as SERVICE."""

FIRST_PARTY = ("market", "commerce", "supply", "accounting", "agent", "amazon")
"""Plugins that come with an installation, by tag; each is the module `plugins.<tag>`."""


def load_plugin(tag: str) -> Plugin:
    """The plugin object of `plugins.<tag>`; raises LookupError where there is none."""
    try:
        module = importlib.import_module(f"plugins.{tag}")
    except ModuleNotFoundError as error:
        raise LookupError(f"there is no plugin {tag!r}; there are {', '.join(FIRST_PARTY)}") from error
    plugin: Plugin = module.plugin
    return plugin
