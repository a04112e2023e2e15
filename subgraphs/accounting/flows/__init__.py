"""Accounting's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.assembly import assemble
from flows.schema import Flow
from subgraphs.accounting.documents import TAG
from subgraphs.accounting.flows.create_account import CREATE_ACCOUNT
from subgraphs.accounting.flows.create_organization import CREATE_ORGANIZATION
from subgraphs.accounting.flows.post_journal_entry import POST_JOURNAL_ENTRY
from subgraphs.accounting.obj_types import OBJ_TYPES
from subgraphs.shared.objects import generated_flows

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_ORGANIZATION,
    CREATE_ACCOUNT,
    POST_JOURNAL_ENTRY,
)
"""Written by hand; each is run by a mutation."""

FLOWS: tuple[Flow[Any], ...] = assemble(TAG, MUTATIONS, generated=generated_flows(OBJ_TYPES))
