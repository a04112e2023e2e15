"""Accounting's context: beside documents, it loads the sums of an organization's accounts once for a request."""

from __future__ import annotations

from strawberry.dataloader import DataLoader

from subgraphs.accounting.balances import Ledger, read_ledgers
from subgraphs.accounting.documents import DOCUMENTS
from subgraphs.shared.context import SubgraphContext, SubgraphInfo


class AccountingContext(SubgraphContext):
    """Strawberry's `info.context` of Accounting."""

    documents = DOCUMENTS

    def refresh(self) -> None:
        """Forget what was read, the ledgers too."""
        super().refresh()
        self.ledgers: DataLoader[str, Ledger] = DataLoader(load_fn=read_ledgers)


async def load_ledger(info: SubgraphInfo, organization_id: str) -> Ledger:
    """The organization's ledger as this request sees it."""
    context = info.context
    assert isinstance(context, AccountingContext), "Accounting's service names its context class"
    return await context.ledgers.load(organization_id)
