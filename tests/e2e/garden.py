"""What a user has in Supply and Accounting, beside a shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.e2e.shop import Shop, nodes

STAGES = """query ($id: ID!) { item(id: $id) { stages(first: 100) { edges { node {
    id attributes { name value } previous { id } } } } } }"""
TRANSFORMS = """query ($id: ID!) { transforms(companyId: $id) { edges { node {
    kind externalRef memo inputs { quantity item { id } } outputs { quantity item { id } } } } } }"""
ENTRIES = """query ($id: ID!) { journalEntries(organizationId: $id) { edges { node {
    externalRef lines { accountId debit { amount currency } credit { amount currency } } } } } }"""


@dataclass
class Garden:
    """A company of the shop's owner, who lets `supply` work for all of it."""

    shop: Shop
    company: str

    async def item(self, name: str) -> str:
        """An item; gives its id."""
        made = await self.shop.owner.mutate("createItem", "item { id }", companyId=self.company, name=name)
        return str(made["item"]["id"])

    async def stages(self, item: str) -> list[dict[str, Any]]:
        """An item's stages, oldest first."""
        return nodes((await self.shop.owner.ask(STAGES, id=item))["item"]["stages"])

    async def transforms(self) -> list[dict[str, Any]]:
        """The company's transforms."""
        return nodes((await self.shop.owner.ask(TRANSFORMS, id=self.company))["transforms"])


@dataclass
class Books:
    """An organization of the shop's owner with two accounts, which lets `accounting` post for it."""

    shop: Shop
    organization: str
    cash: str
    sales: str

    async def entries(self) -> list[dict[str, Any]]:
        """The organization's entries, oldest first."""
        return nodes((await self.shop.owner.ask(ENTRIES, id=self.organization))["journalEntries"])

    async def balances(self) -> tuple[str, str]:
        """The balances of cash and sales."""
        query = """query ($a: ID!, $b: ID!) {
            a: account(id: $a) { balance { amount } } b: account(id: $b) { balance { amount } } }"""
        found = await self.shop.owner.ask(query, a=self.cash, b=self.sales)
        return found["a"]["balance"]["amount"], found["b"]["balance"]["amount"]


async def open_garden(shop: Shop) -> Garden:
    """A company, with the plugin authorized on both sides."""
    company = (await shop.owner.mutate("createCompany", "company { id objectRef }", name="A garden"))["company"]
    await shop.authorize("supply")
    target = {"ownerRef": company["objectRef"]}
    await shop.owner.mutate("authorizePlugin", "authorization { id }", target=target, pluginTag="supply")
    return Garden(shop, company["id"])


async def open_books(shop: Shop) -> Books:
    """An organization, with the plugin authorized on both sides and the business connected to it."""
    owner = shop.owner
    made = (await owner.mutate("createOrganization", "organization { id objectRef }", name="Books"))["organization"]
    accounts = [
        (await owner.mutate("createAccount", "account { id }", organizationId=made["id"], name=name, kind=kind))[
            "account"
        ]["id"]
        for name, kind in (("Cash", "ASSET"), ("Sales", "INCOME"))
    ]
    for ref in (shop.business_ref, made["objectRef"]):
        target = {"ownerRef": ref}
        await owner.mutate("authorizePlugin", "authorization { id }", target=target, pluginTag="accounting")
    await shop.connect(shop.business_ref, "accounting", links={"organization": made["objectRef"]})
    return Books(shop, made["id"], *accounts)
