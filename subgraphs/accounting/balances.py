"""Balances of accounts, summed from the journal whenever they are asked for.

An entry is one document, written once and never changed. So it is in the journal for all of its accounts or for
none, and a sum over the journal counts it exactly once, whatever crashed or ran at the same time. A balance kept in
each account's own document would need a write for each line of an entry: between two of them the books would not
balance, and one account that many entries name would be the place where all of them wait for each other. The price
is a read that grows with the journal; all balances of one request come from one read of it, so they agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from store import translate_errors
from subgraphs.accounting.documents import AccountKind, JournalEntryDocument, StoredEntryLine
from subgraphs.shared import money
from subgraphs.shared.money import StoredMoney

NO_CURRENCY = "XXX"
"""ISO 4217's code for "no currency is involved": the currency of an account that nothing was posted to."""


Moment = tuple[int, str]
"""When an entry was made, and its id: tells which of two came first."""


@dataclass
class Sums:
    """Debits less credits of one account by currency, and since when each currency is posted."""

    by_currency: dict[str, Decimal] = field(default_factory=dict)
    since: dict[str, Moment] = field(default_factory=dict)

    def add(self, line: StoredEntryLine, moment: Moment) -> None:
        """Count a line of this account; entries may come in any order."""
        for amount, sign in ((line.debit, 1), (line.credit, -1)):
            if amount is not None:
                before = self.by_currency.get(amount.currency, Decimal(0))
                self.by_currency[amount.currency] = before + sign * amount.value
                self.since[amount.currency] = min(moment, self.since.get(amount.currency, moment))

    def currencies(self) -> list[str]:
        """The currencies that were posted, the first one first."""
        return sorted(self.since, key=lambda currency: (self.since[currency], currency))

    def balance(self, kind: AccountKind, currency: str | None = None) -> StoredMoney:
        """The balance in a currency, by default the first; positive on the side where such accounts stand."""
        shown = currency or next(iter(self.currencies()), NO_CURRENCY)
        total = self.by_currency.get(shown, Decimal(0))
        return StoredMoney(amount=money.plain(total if kind.grows_by_debit else -total), currency=shown)

    def balances(self, kind: AccountKind) -> list[StoredMoney]:
        """The balances in all currencies that were posted."""
        return [self.balance(kind, currency) for currency in self.currencies()]


class Ledger:
    """The sums of an organization's accounts."""

    def __init__(self) -> None:
        self.accounts: dict[str, Sums] = {}

    def add(self, lines: Iterable[StoredEntryLine], moment: Moment) -> None:
        """Count the lines of an entry."""
        for line in lines:
            self.accounts.setdefault(line.account_id, Sums()).add(line, moment)

    def sums(self, account_id: str) -> Sums:
        """The sums of one account; of one that no line names, none."""
        return self.accounts.get(account_id, Sums())


async def read_ledgers(organization_ids: Sequence[str]) -> list[Ledger]:
    """The ledgers of these organizations, each by one read of its journal, in no order: sorting costs as much again."""
    return [await _read_ledger(id) for id in organization_ids]


async def _read_ledger(organization_id: str) -> Ledger:
    ledger = Ledger()
    with translate_errors():
        entries = JournalEntryDocument.get_pymongo_collection().find(
            {"organization_id": organization_id}, {"lines": 1, "created_at": 1}
        )
        async for entry in entries:
            lines = [StoredEntryLine.model_validate(line) for line in entry["lines"]]
            ledger.add(lines, (entry["created_at"], entry["_id"]))
    return ledger
