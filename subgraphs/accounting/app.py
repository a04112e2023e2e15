"""Accounting as a service: organizations, accounts and the journal."""

from __future__ import annotations

from flows.graphql.app import Service
from flows.graphql.schema import build_schema
from identity import RoleDocument
from subgraphs.accounting.context import AccountingContext
from subgraphs.accounting.documents import DOCUMENTS, INDEXES, TAG
from subgraphs.accounting.flows import FLOWS
from subgraphs.accounting.mutations import Mutation
from subgraphs.accounting.obj_types import OBJ_TYPES
from subgraphs.accounting.query import Query
from subgraphs.shared.objects import with_generated

SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, with_generated(Mutation, OBJ_TYPES, FLOWS), FLOWS),
    flows=FLOWS,
    documents=(*DOCUMENTS, RoleDocument),
    indexes=INDEXES,
    context_class=AccountingContext,
)
