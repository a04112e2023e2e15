"""The plugins that are measured against: they answer at once. `python -m bench.plugin` runs the one signed in as."""

from __future__ import annotations

from typing import Any

from plugin_sdk import HookContext, Plugin
from plugin_sdk.config import read_settings

SYNC = Plugin("benchSync", obj_types=["Good"])
ASYNC = Plugin("benchAsync", obj_types=["Good"])
GROWING = Plugin("benchGrowing", obj_types=["Good"])


@SYNC.hook("commerce_adjustStock_validate_beforeStockChange", mode="sync", select="after")
async def before_stock_change(payload: Any, ctx: HookContext) -> None:
    """Nothing against it."""


@GROWING.hook("commerce_adjustStock_commit_stockChanged", select="after")
@ASYNC.hook("commerce_adjustStock_commit_stockChanged", select="after")
async def stock_changed(payload: Any, ctx: HookContext) -> None:
    """Seen."""


def main() -> None:
    """Run the plugin whose client id the environment has."""
    tag = read_settings().client_id
    next(plugin for plugin in (SYNC, ASYNC, GROWING) if plugin.tag == tag).run()


if __name__ == "__main__":
    main()
