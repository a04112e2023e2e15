"""A sync plugin that keeps a good's stock at or above `minimum` of its connection's config."""

from typing import Any

from plugin_sdk import HookContext, Plugin, Reject

plugin = Plugin(
    "stockFloor",
    name="Stock floor",
    obj_types=["Good"],
    config_schema={
        "type": "object",
        "properties": {"minimum": {"type": "integer", "minimum": 0}},
        "required": ["minimum"],
    },
)


@plugin.hook("commerce_adjustStock_validate_beforeStockChange", mode="sync", select="after")
async def before_stock_change(payload: Any, ctx: HookContext) -> None:
    """Refuse what would leave too little."""
    minimum = ctx.config["minimum"]
    if payload.after < minimum:
        raise Reject("STOCK_FLOOR", f"{payload.after} would be left, and at least {minimum} have to be.")


if __name__ == "__main__":
    plugin.run()
