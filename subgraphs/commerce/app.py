"""Commerce as a service: businesses, goods, customers, sales and production."""

from __future__ import annotations

from flows.graphql.app import Service
from flows.graphql.schema import build_schema
from identity import RoleDocument
from subgraphs.commerce.documents import DOCUMENTS, INDEXES, TAG
from subgraphs.commerce.flows import FLOWS
from subgraphs.commerce.mutations import Mutation
from subgraphs.commerce.obj_types import OBJ_TYPES
from subgraphs.commerce.query import Query
from subgraphs.shared.context import SubgraphContext
from subgraphs.shared.objects import with_generated


class CommerceContext(SubgraphContext):
    """Strawberry's `info.context` of Commerce."""

    documents = DOCUMENTS


SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, with_generated(Mutation, OBJ_TYPES, FLOWS), FLOWS),
    flows=FLOWS,
    documents=(*DOCUMENTS, RoleDocument),
    indexes=INDEXES,
    context_class=CommerceContext,
)
