"""From a sale to its journal entry."""

from __future__ import annotations

import logging
from typing import Any

from plugin_sdk import HookContext, Link, Plugin, checked
from plugins.accounting.documents import ACCOUNTS, ENTRY_OF_SALE, POST_ENTRY
from plugins.accounting.entry import Accounts, chosen, reversal, sale_entry

logger = logging.getLogger(__name__)

LINK = "organization"

plugin = Plugin(
    "accounting",
    name="Izara Accounting",
    obj_types=["Business"],
    permissions=[
        "accounting.accounts.read",
        "accounting.entries.read",
        "accounting.entries.write",
        "accounting.organizations.read",
    ],
    config_schema={
        "type": "object",
        "properties": {
            "debitAccount": {"type": "string", "description": "what buyers owe or have paid"},
            "creditAccount": {"type": "string", "description": "what was earned"},
        },
        "additionalProperties": False,
    },
)


@plugin.hook("commerce_createSale_commit_saleCreated", select="saleId externalRef total { amount currency }")
async def sale_created(payload: Any, ctx: HookContext) -> None:
    """One balanced entry, whose external ref is the sale: whoever posts it again gets that one."""
    organization_id = linked_organization(ctx)
    if organization_id is None:
        return
    entry = sale_entry(organization_id, await accounts_of(ctx, organization_id), payload)
    if entry is not None:
        await post(ctx, entry)


@plugin.hook("commerce_cancelSale_commit_saleCancelled", select="saleId reason")
async def sale_cancelled(payload: Any, ctx: HookContext) -> None:
    """The sale's entry is taken back by another one; a sale that was never posted needs none."""
    organization_id = linked_organization(ctx)
    if organization_id is None:
        return
    found = await ctx.graphql(ENTRY_OF_SALE, {"organizationId": organization_id, "saleId": payload.saleId})
    if found.journalEntries is None:
        raise LookupError(f"the entries of organization {organization_id} cannot be read")
    for edge in found.journalEntries.edges:
        await post(ctx, reversal(organization_id, payload, edge.node))


def linked_organization(ctx: HookContext) -> Link | None:
    """The organization that the business is linked to; one connected without it keeps no books."""
    if LINK in ctx.links:
        return ctx.links[LINK]
    logger.warning("%s has no link %s: nothing to post", ctx.connections[0].id, LINK)
    return None


async def accounts_of(ctx: HookContext, organization_id: str) -> Accounts:
    """The accounts that sales are posted to.

    Raises:
        LookupError: the organization cannot be read, or has no such accounts.
    """
    if {"debitAccount", "creditAccount"} <= ctx.config.keys():
        return chosen(ctx.config, ())
    accounts: list[Any] = []
    after = None
    while True:
        found = await ctx.graphql(ACCOUNTS, {"organizationId": organization_id, "after": after})
        if found.organization is None or found.organization.accounts is None:
            raise LookupError(f"the accounts of organization {organization_id} cannot be read")
        page = found.organization.accounts
        accounts += [edge.node for edge in page.edges]
        if not page.pageInfo.hasNextPage:
            return chosen(ctx.config, accounts)
        after = page.pageInfo.endCursor


async def post(ctx: HookContext, entry: dict[str, Any]) -> None:
    """Post an entry; an error fails the delivery, which is then tried again."""
    answer = await ctx.graphql(POST_ENTRY, {"input": entry})
    checked(answer.postJournalEntry)
