"""Write a plugin for Izara: declare hooks, handle deliveries, call back.

    from plugin_sdk import HookContext, Plugin, Reject

    plugin = Plugin("market", name="Izara Market", permissions=["commerce.goods.read", "market.offers.write"])

    @plugin.hook("commerce_adjustStock_commit_stockChanged", select="good { id sku } after")
    async def stock_changed(payload, ctx: HookContext) -> None:
        await ctx.graphql(UPDATE_OFFER, {"offerId": ctx.links["sellOffer"], "stock": payload.after})

    plugin.run()

`plugin_sdk.testing` runs handlers without a server.
"""

from plugin_sdk._context import Connection, HookContext, Link, Links
from plugin_sdk._definition import HookDefinition
from plugin_sdk._outcomes import Amend, Reject, Retry
from plugin_sdk._plugin import Plugin
from plugin_sdk._record import Record, as_json, checked
from plugin_sdk.errors import (
    ConfigError,
    CredentialsRefused,
    DefinitionError,
    ErrorDetail,
    GraphQLFailed,
    HookDefinitionError,
    MissingLink,
    PluginError,
    SeveralConnections,
    UserErrors,
)
from plugin_sdk.protocol.delivery import Cause

__all__ = [
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
