"""`createAccount`: a new account of an organization."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.accounting.documents import AccountDocument, AccountKind, organization_ref
from subgraphs.shared.checks import check_text


@dataclass(frozen=True)
class CreateAccount:
    """What the caller gave."""

    organization_id: str
    name: str
    kind: AccountKind


def check(params: CreateAccount) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_account_id(ctx: StepContext[CreateAccount]) -> str:
    """The id of the account that this run makes."""
    return hash_id(ctx.run_id, "account")


async def create_account(
    ctx: StepContext[CreateAccount], account: AccountDocument | None
) -> Change | Unchanged | Refusal:
    """Write the account."""
    made = AccountDocument(
        id=new_account_id(ctx),
        created_at=ctx.now,
        organization_id=ctx.params.organization_id,
        name=ctx.params.name,
        kind=ctx.params.kind,
    )
    return Change(made, result={"accountId": made.id})


CREATE_ACCOUNT = Flow(
    tag="createAccount",
    params=CreateAccount,
    object_refs=lambda params: [organization_ref(params.organization_id)],
    check=check,
    steps=(WriteStep(document=AccountDocument, subject=new_account_id, change=create_account),),
)
