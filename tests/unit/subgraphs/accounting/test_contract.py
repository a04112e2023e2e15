"""What people outside rely on: Accounting's hook ids with their targets, types, queries, mutations and inputs."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType

from flows.catalog import FlowCatalog
from subgraphs.accounting.app import SERVICE

HOOKS = {
    "accounting_postJournalEntry_validate_beforeEntry": ("Organization",),
    "accounting_postJournalEntry_commit_entryPosted": ("Organization",),
    "accounting_updateOrganization_validate_beforeUpdate": ("Organization",),
    "accounting_updateOrganization_commit_updated": ("Organization",),
    "accounting_updateAccount_validate_beforeUpdate": ("Organization",),
    "accounting_updateAccount_commit_updated": ("Organization",),
}
FIELDS = {
    "Organization": "id name accounts objectRef ownerRef createdAt",
    "Account": "id name kind balance createdAt",
    "JournalEntry": "id organization lines memo externalRef createdAt",
    "Query": "organization organizations account journalEntries accountingRun",
    "Mutation": "updateOrganization updateAccount createOrganization createAccount postJournalEntry accountingReply",
    "Subscription": "accountingHooks accountingRunUpdates",
    "AccountingPostJournalEntryValidateBeforeEntry": "entryId organizationId lines memo externalRef organization",
    "AccountingPostJournalEntryCommitEntryPosted": "entryId organizationId lines memo externalRef organization",
    "AccountingEntryLineValues": "accountId debit credit",
}
INPUTS = {
    "CreateOrganizationInput": "name",
    "CreateAccountInput": "organizationId name kind",
    "PostJournalEntryInput": "organizationId lines memo externalRef",
    "JournalLineInput": "accountId debit credit",
}


def test_hooks_and_their_targets() -> None:
    catalog = FlowCatalog(SERVICE.tag, SERVICE.flows)
    found = {id: bound.hook.targets for id, bound in catalog.hooks.items() if "_submitted_" not in id}
    assert found == HOOKS


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_fields(name: str) -> None:
    found = SERVICE.schema._schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    assert set(FIELDS[name].split()) <= set(found.fields)


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_inputs(name: str) -> None:
    found = SERVICE.schema._schema.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    assert set(INPUTS[name].split()) <= set(found.fields)


def test_entities_have_keys() -> None:
    sdl = SERVICE.schema.as_str()
    for name in ("Organization", "Account", "JournalEntry"):
        assert f'type {name} @key(fields: "id")' in sdl
