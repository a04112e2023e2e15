"""Accounting's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.schema import Flow
from flows.submitted import with_submitted
from subgraphs.accounting.documents import TAG
from subgraphs.accounting.flows.create_account import CREATE_ACCOUNT
from subgraphs.accounting.flows.create_organization import CREATE_ORGANIZATION
from subgraphs.accounting.flows.post_journal_entry import POST_JOURNAL_ENTRY

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_ORGANIZATION,
    CREATE_ACCOUNT,
    POST_JOURNAL_ENTRY,
)
"""The flows that mutations run."""

FLOWS: tuple[Flow[Any], ...] = with_submitted(TAG, MUTATIONS)
