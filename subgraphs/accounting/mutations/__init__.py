"""Accounting's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from subgraphs.accounting.mutations.entry import EntryMutations
from subgraphs.accounting.mutations.organization import OrganizationMutations


@strawberry.type
class Mutation(OrganizationMutations, EntryMutations):
    """All of them."""
