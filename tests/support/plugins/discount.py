"""Sync plugins that sell cheaper: `percent` of the price, or `off` it, as the connection's config says.

`python -m tests.support.plugins.discount [TAG [AFTER…]]`: a tag of its own, and the plugins it comes after.
"""

import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from plugin_sdk import Amend, HookContext, Plugin


def make_discount(tag: str = "discount", after: Sequence[str] = ()) -> Plugin:
    """A discount plugin of that tag, which sees the prices that the plugins before it left."""
    plugin = Plugin(
        tag,
        name=f"Discount ({tag})",
        obj_types=["Business"],
        config_schema={
            "type": "object",
            "properties": {"percent": {"type": "number"}, "off": {"type": "string"}},
        },
    )

    @plugin.hook(
        "commerce_createSale_validate_beforeSale",
        mode="sync",
        select="lines { goodId unitPrice { amount currency } }",
        after=after,
    )
    async def before_sale(payload: Any, ctx: HookContext) -> Amend:
        lines = [
            {
                "goodId": line.goodId,
                "unitPrice": {
                    "amount": reduced(Decimal(line.unitPrice.amount), ctx),
                    "currency": line.unitPrice.currency,
                },
            }
            for line in payload.lines
        ]
        return Amend(lines=lines)

    return plugin


def reduced(price: Decimal, ctx: HookContext) -> Decimal:
    """The price less what the config says, in cents and never below zero."""
    percent = Decimal(str(ctx.config.get("percent", 0)))
    off = Decimal(str(ctx.config.get("off", 0)))
    return max(Decimal(0), price * (100 - percent) / 100 - off).quantize(Decimal("0.01"))


plugin = make_discount()

if __name__ == "__main__":
    own_tag, *earlier = sys.argv[1:] or ["discount"]
    make_discount(own_tag, earlier).run()
