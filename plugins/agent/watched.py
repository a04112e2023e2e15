"""The flows that the agent is told of, by service."""

from __future__ import annotations

from collections.abc import Iterator

FLOWS: dict[str, tuple[str, ...]] = {
    "commerce": (
        "adjustStock",
        "cancelSale",
        "changePrices",
        "createCustomer",
        "createGood",
        "createSale",
        "deleteCustomer",
        "deleteGood",
        "recordProduction",
        "setPrice",
        "updateBusiness",
        "updateCustomer",
        "updateGood",
        "updateGoodAttributes",
    ),
    "market": (
        "cancelOrder",
        "createProduct",
        "createSellOffer",
        "placeOrder",
        "updateProduct",
        "updateSeller",
        "updateSellOffer",
        "withdrawSellOffer",
    ),
    "supply": ("createItem", "createStage", "createTransform", "deleteItem", "updateCompany", "updateItem"),
    "accounting": ("createAccount", "postJournalEntry", "updateAccount", "updateOrganization"),
    "registrar": (
        "authorizePlugin",
        "connectPlugin",
        "disconnectPlugin",
        "grantRole",
        "revokeAuthorization",
        "revokeRole",
        "updateConnection",
    ),
}


def hook_ids() -> Iterator[tuple[str, str]]:
    """The hooks with the user's part in them: `submitter` or `owner`."""
    for service, flows in FLOWS.items():
        for flow in flows:
            yield f"{service}_{flow}_submitted_asSubmitter", "submitter"
            yield f"{service}_{flow}_submitted_asOwner", "owner"
