"""`createCompany`: a new company, whose OWNER is the user who creates it."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.ownership import grant_owner_step
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.shared.checks import check_text
from subgraphs.supply.documents import CompanyDocument, company_ref


@dataclass(frozen=True)
class CreateCompany:
    """What the caller gave."""

    name: str


def check(params: CreateCompany) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_company_id(ctx: StepContext[CreateCompany]) -> str:
    """The id of the company that this run makes."""
    return hash_id(ctx.run_id, "company")


async def create_company(
    ctx: StepContext[CreateCompany], company: CompanyDocument | None
) -> Change | Unchanged | Refusal:
    """Write the company."""
    made = CompanyDocument(id=new_company_id(ctx), created_at=ctx.now, name=ctx.params.name)
    return Change(made, result={"companyId": made.id}, object_refs=[made.object_ref])


CREATE_COMPANY = Flow(
    tag="createCompany",
    params=CreateCompany,
    check=check,
    steps=(
        WriteStep(document=CompanyDocument, subject=new_company_id, change=create_company),
        grant_owner_step(lambda ctx: company_ref(new_company_id(ctx))),
    ),
)
