"""Mutations of organizations and their accounts."""

from __future__ import annotations

import strawberry

from flows.graphql.types import FlowRun, UserError
from subgraphs.accounting.documents import AccountDocument, AccountKind, OrganizationDocument
from subgraphs.accounting.flows.create_account import CREATE_ACCOUNT, CreateAccount
from subgraphs.accounting.flows.create_organization import CREATE_ORGANIZATION, CreateOrganization
from subgraphs.accounting.types.organization import Account, Organization
from subgraphs.shared.access import refuse_write, require_user
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.fields import described
from subgraphs.shared.outcome import result_id, run_flow


@strawberry.input
class CreateOrganizationInput:
    name: str
    idempotency_key: str | None = None


@strawberry.type
class CreateOrganizationPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    organization: Organization | None = None


@strawberry.input
class CreateAccountInput:
    organization_id: strawberry.ID
    name: str
    kind: AccountKind
    idempotency_key: str | None = None


@strawberry.type
class CreateAccountPayload:
    errors: list[UserError]
    run: FlowRun | None = None
    account: Account | None = None


@strawberry.type
class OrganizationMutations:
    @described("Make an organization; you become its OWNER.")
    async def create_organization(
        self, info: SubgraphInfo, input: CreateOrganizationInput
    ) -> CreateOrganizationPayload:
        require_user(info.context)
        params = CreateOrganization(name=input.name.strip())
        outcome = await run_flow(info, CREATE_ORGANIZATION, params, input.idempotency_key)
        organization = await Organization.shown(info, "organization", result_id(outcome, "organizationId"))
        return CreateOrganizationPayload(run=outcome.run, errors=outcome.errors, organization=organization)

    @described("Make an account of an organization.")
    async def create_account(self, info: SubgraphInfo, input: CreateAccountInput) -> CreateAccountPayload:
        if errors := await refuse_write(
            info.context,
            OrganizationDocument,
            input.organization_id,
            "organizationId",
            writes=AccountDocument,
        ):
            return CreateAccountPayload(errors=errors)
        params = CreateAccount(organization_id=input.organization_id, name=input.name.strip(), kind=input.kind)
        outcome = await run_flow(info, CREATE_ACCOUNT, params, input.idempotency_key)
        account = await Account.shown(info, "account", result_id(outcome, "accountId"))
        return CreateAccountPayload(run=outcome.run, errors=outcome.errors, account=account)
