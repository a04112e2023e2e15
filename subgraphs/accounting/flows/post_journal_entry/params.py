"""What `postJournalEntry` is given, and what is wrong with it whatever the accounts are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from flows.ids import hash_id
from flows.schema import Refusal, StepContext
from subgraphs.accounting.documents import StoredEntryLine
from subgraphs.shared import money
from subgraphs.shared.checks import check_id, check_lines, check_note, check_text
from subgraphs.shared.money import Amount, StoredMoney, check_money


@dataclass(frozen=True)
class GivenLine:
    """A line as it was given. A side of 0 counts as none."""

    account_id: str
    debit: Amount | None = None
    credit: Amount | None = None

    @property
    def sides(self) -> list[str]:
        """Names of the sides that say something."""
        named = {"debit": self.debit, "credit": self.credit}
        return [name for name, side in named.items() if side is not None and not is_zero(side)]


@dataclass(frozen=True)
class PostJournalEntry:
    """What the caller gave."""

    organization_id: str
    lines: list[GivenLine]
    memo: str | None = None
    external_ref: str | None = None


def is_zero(side: Amount) -> bool:
    """Whether the amount is 0; one that is no number is not, so that it is looked at and refused."""
    return side.amount.is_finite() and not side.amount


def check(params: PostJournalEntry) -> list[Refusal]:
    """All that is wrong with the input; whether it balances is asked once its lines are sound."""
    return list(_refusals(params)) or list(_unbalanced(params))


def _refusals(params: PostJournalEntry) -> Iterator[Refusal]:
    yield from check_lines(params.lines, ("lines",))
    for position, line in enumerate(params.lines):
        field = ("lines", str(position))
        yield from check_id(line.account_id, (*field, "accountId"))
        for name, side in (("debit", line.debit), ("credit", line.credit)):
            if side is not None and not is_zero(side):
                yield from check_money(side, (*field, name))
        if len(line.sides) != 1:
            message = f"Line {position + 1} must have a debit or a credit, and not both."
            yield Refusal("ONE_SIDE", message, field)
    if params.external_ref is not None:
        yield from check_text(params.external_ref, ("externalRef",))
    yield from check_note(params.memo, ("memo",))


def _unbalanced(params: PostJournalEntry) -> Iterator[Refusal]:
    sums: dict[str, Decimal] = {}
    for line in to_stored(params):
        for side, sign in ((line.debit, 1), (line.credit, -1)):
            if side is not None:
                sums[side.currency] = sums.get(side.currency, Decimal(0)) + sign * side.value
    for currency, difference in sums.items():
        if difference:
            more = "debits" if difference > 0 else "credits"
            message = f"The entry does not balance: {abs(difference):f} {currency} more {more}."
            yield Refusal("UNBALANCED", message, ("lines",))


def to_stored(params: PostJournalEntry) -> list[StoredEntryLine]:
    """The document's form of the lines."""
    return [
        StoredEntryLine(account_id=line.account_id, debit=_side(line.debit), credit=_side(line.credit))
        for line in params.lines
    ]


def _side(side: Amount | None) -> StoredMoney | None:
    return None if side is None or is_zero(side) else money.to_stored(side)


def entry_id(ctx: StepContext[PostJournalEntry]) -> str:
    """One id for each external ref of an organization; without one, an id of this run's own."""
    params = ctx.params
    if params.external_ref is None:
        return hash_id("entry", ctx.run_id)
    return hash_id("entry", params.organization_id, "ref", params.external_ref)


def fingerprint(params: PostJournalEntry) -> str:
    """Equal for two inputs that ask for the same."""
    lines = [line.model_dump_json() for line in to_stored(params)]
    return hash_id(params.organization_id, params.external_ref, params.memo, lines)
