"""Balances are sums over the journal, exact in each currency."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from subgraphs.accounting.balances import NO_CURRENCY, Ledger, Sums
from subgraphs.accounting.documents import AccountKind, StoredEntryLine
from subgraphs.shared.money import StoredMoney
from tests.unit.subgraphs.steps import NOW

AMOUNTS = st.decimals(min_value="0.0001", max_value="999999999999", places=4, allow_nan=False)
ACCOUNTS = ("cash", "sales", "stock")


def debit(account_id: str, amount: str, currency: str = "EUR") -> StoredEntryLine:
    """A line that debits."""
    return StoredEntryLine(account_id=account_id, debit=StoredMoney(amount=amount, currency=currency))


def credit(account_id: str, amount: str, currency: str = "EUR") -> StoredEntryLine:
    """A line that credits."""
    return StoredEntryLine(account_id=account_id, credit=StoredMoney(amount=amount, currency=currency))


def ledger(lines: list[StoredEntryLine]) -> dict[str, Sums]:
    """The sums of the accounts that the lines name."""
    made = Ledger()
    for number, line in enumerate(lines):
        made.add([line], (NOW, f"{number:04}"))
    return made.accounts


def test_each_kind_of_account_stands_on_its_own_side() -> None:
    sums = ledger([debit("cash", "10.10"), credit("cash", "0.1")])["cash"]
    for kind in AccountKind:
        shown = "10" if kind in (AccountKind.ASSET, AccountKind.EXPENSE) else "-10"
        assert sums.balance(kind) == StoredMoney(amount=shown, currency="EUR")


def test_currencies_do_not_mix_and_the_first_is_the_main_one() -> None:
    sums = ledger([debit("cash", "3", "USD"), debit("cash", "5"), credit("cash", "1", "USD")])["cash"]
    assert sums.balance(AccountKind.ASSET) == StoredMoney(amount="2", currency="USD")
    assert sums.balance(AccountKind.ASSET, "EUR") == StoredMoney(amount="5", currency="EUR")
    assert sums.balance(AccountKind.ASSET, "GBP") == StoredMoney(amount="0", currency="GBP")
    assert [item.currency for item in sums.balances(AccountKind.ASSET)] == ["USD", "EUR"]


def test_entries_may_be_read_in_any_order() -> None:
    sums = Sums()
    sums.add(debit("cash", "5"), (NOW, "later"))
    sums.add(debit("cash", "3", "USD"), (NOW - 1, "zzz"))
    sums.add(debit("cash", "1"), (NOW, "last"))
    assert sums.currencies() == ["USD", "EUR"]
    assert sums.balance(AccountKind.ASSET) == StoredMoney(amount="3", currency="USD")


def test_an_account_that_nothing_was_posted_to_has_nothing_in_no_currency() -> None:
    assert Sums().balance(AccountKind.INCOME) == StoredMoney(amount="0", currency=NO_CURRENCY)
    assert Sums().balances(AccountKind.INCOME) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), AMOUNTS), max_size=30))
def test_the_books_balance_whatever_was_posted(transfers: list[tuple[str, str, Decimal]]) -> None:
    lines = [
        line
        for source, target, amount in transfers
        for line in (debit(target, str(amount)), credit(source, str(amount)))
    ]
    accounts = ledger(lines)
    balances = [sums.balance(AccountKind.ASSET).value for sums in accounts.values()]
    assert sum(balances, Decimal(0)) == 0
    for name, sums in accounts.items():
        expected = sum((amount for _, target, amount in transfers if target == name), Decimal(0))
        expected -= sum((amount for source, _, amount in transfers if source == name), Decimal(0))
        assert sums.balance(AccountKind.ASSET).value == expected
