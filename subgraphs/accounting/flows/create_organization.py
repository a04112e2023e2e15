"""`createOrganization`: a new organization, whose OWNER is the user who creates it."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ids import hash_id
from flows.ownership import grant_owner_step
from flows.schema import Change, Flow, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.accounting.documents import OrganizationDocument, organization_ref
from subgraphs.shared.checks import check_text


@dataclass(frozen=True)
class CreateOrganization:
    """What the caller gave."""

    name: str


def check(params: CreateOrganization) -> list[Refusal]:
    """A name that says something."""
    return list(check_text(params.name, ("name",)))


def new_organization_id(ctx: StepContext[CreateOrganization]) -> str:
    """The id of the organization that this run makes."""
    return hash_id(ctx.run_id, "organization")


async def create_organization(
    ctx: StepContext[CreateOrganization], organization: OrganizationDocument | None
) -> Change | Unchanged | Refusal:
    """Write the organization."""
    made = OrganizationDocument(id=new_organization_id(ctx), created_at=ctx.now, name=ctx.params.name)
    return Change(made, result={"organizationId": made.id})


CREATE_ORGANIZATION = Flow(
    tag="createOrganization",
    params=CreateOrganization,
    check=check,
    steps=(
        WriteStep(document=OrganizationDocument, subject=new_organization_id, change=create_organization),
        grant_owner_step(lambda ctx: organization_ref(new_organization_id(ctx))),
    ),
)
