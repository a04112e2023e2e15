"""Journal entries of sales, and of sales that are taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugin_sdk import as_json


@dataclass(frozen=True)
class Accounts:
    """Where sales are posted: what is received is a debit of one account, what was earned a credit of the other."""

    debit: str
    credit: str


def chosen(config: Mapping[str, Any], accounts: Iterable[Any]) -> Accounts:
    """The accounts that the connection's config names, else the organization's oldest ASSET and INCOME accounts.

    Raises:
        LookupError: the organization has no such account.
    """
    first: dict[str, str] = {}
    for account in accounts:
        first.setdefault(account.kind, account.id)
    debit = config.get("debitAccount") or first.get("ASSET")
    credit = config.get("creditAccount") or first.get("INCOME")
    if debit is None or credit is None:
        missing = "ASSET" if debit is None else "INCOME"
        raise LookupError(
            f"the organization has no {missing} account to post sales to: make one, "
            "or name debitAccount and creditAccount in the connection's config"
        )
    return Accounts(debit, credit)


def sale_entry(organization_id: str, accounts: Accounts, sale: Any) -> dict[str, Any] | None:
    """The input of `postJournalEntry` for a sale; None for one that cost nothing."""
    if not Decimal(sale.total.amount):
        return None
    total = as_json(sale.total)
    return {
        "organizationId": organization_id,
        "lines": [
            {"accountId": accounts.debit, "debit": total},
            {"accountId": accounts.credit, "credit": total},
        ],
        "memo": "Sale" if sale.externalRef is None else f"Sale of {sale.externalRef}",
        "externalRef": sale.saleId,
    }


def reversal(organization_id: str, sale: Any, posted: Any) -> dict[str, Any]:
    """The input of `postJournalEntry` that takes a sale's posted entry back: the same lines, sides exchanged."""
    return {
        "organizationId": organization_id,
        "lines": [
            {"accountId": line.accountId}
            | ({} if line.credit is None else {"debit": as_json(line.credit)})
            | ({} if line.debit is None else {"credit": as_json(line.debit)})
            for line in posted.lines
        ],
        "memo": "Sale cancelled" if sale.reason is None else f"Sale cancelled: {sale.reason}",
        "externalRef": f"{sale.saleId}/cancelled",
    }
