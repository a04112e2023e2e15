"""Market as a service: sellers, products, offers and orders."""

from __future__ import annotations

from flows.graphql.app import Service
from flows.graphql.schema import build_schema
from identity import RoleDocument
from subgraphs.market.documents import DOCUMENTS, INDEXES, TAG
from subgraphs.market.flows import FLOWS
from subgraphs.market.mutations import Mutation
from subgraphs.market.obj_types import OBJ_TYPES
from subgraphs.market.query import Query
from subgraphs.shared.context import SubgraphContext
from subgraphs.shared.objects import with_generated


class MarketContext(SubgraphContext):
    """Strawberry's `info.context` of Market."""

    documents = DOCUMENTS


SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, with_generated(Mutation, OBJ_TYPES, FLOWS), FLOWS),
    flows=FLOWS,
    documents=(*DOCUMENTS, RoleDocument),
    indexes=INDEXES,
    context_class=MarketContext,
)
