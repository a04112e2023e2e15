"""Commerce as a service: businesses, goods, customers, sales and production."""

from __future__ import annotations

from flows.graphql.app import Service
from flows.graphql.schema import build_schema
from identity import RoleDocument
from subgraphs.commerce.documents import DOCUMENTS, INDEXES, TAG
from subgraphs.commerce.flows import FLOWS
from subgraphs.commerce.mutations import Mutation
from subgraphs.commerce.query import Query
from subgraphs.shared.context import SubgraphContext

SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, Mutation, FLOWS),
    flows=FLOWS,
    documents=(*DOCUMENTS, RoleDocument),
    indexes=INDEXES,
    context_class=SubgraphContext,
)
