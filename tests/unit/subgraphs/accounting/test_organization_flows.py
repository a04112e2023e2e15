"""Organizations and accounts are made once for a run."""

from __future__ import annotations

from subgraphs.accounting.documents import AccountDocument, AccountKind
from subgraphs.accounting.flows import FLOWS
from subgraphs.accounting.flows.create_account import CREATE_ACCOUNT, CreateAccount, create_account
from subgraphs.accounting.flows.create_organization import (
    CREATE_ORGANIZATION,
    CreateOrganization,
    create_organization,
)
from tests.unit.subgraphs.steps import changed, codes, step_context


def test_every_flow_that_clients_run_is_there() -> None:
    by_hand = ["createOrganization", "createAccount", "postJournalEntry"]
    assert [flow.tag for flow in FLOWS] == [*by_hand, "updateOrganization", "updateAccount"]


async def test_an_organization_is_made_and_owned_by_its_maker() -> None:
    change = changed(await create_organization(step_context(CreateOrganization("Ada's")), None))
    assert change.result == {"organizationId": change.document.id}
    assert [step.tag for step in CREATE_ORGANIZATION.steps] == ["commit", "owner"]


async def test_an_account_belongs_to_its_organization() -> None:
    wanted = CreateAccount("org", "Cash", AccountKind.ASSET)
    change = changed(await create_account(step_context(wanted), None))
    made = change.document
    assert isinstance(made, AccountDocument)
    assert (made.name, made.kind, made.owner_ref) == ("Cash", AccountKind.ASSET, "accounting:Organization:org")
    assert change.result == {"accountId": made.id}
    again = changed(await create_account(step_context(wanted), None))
    assert again.document.id == made.id


def test_names_say_something() -> None:
    assert codes(list(CREATE_ORGANIZATION.check(CreateOrganization(" ")))) == {("BLANK", ("name",))}
    wanted = CreateAccount("org", "x" * 201, AccountKind.ASSET)
    assert codes(list(CREATE_ACCOUNT.check(wanted))) == {("TOO_LONG", ("name",))}
