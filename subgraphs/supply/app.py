"""Supply as a service: companies, their items, stages and transforms."""

from __future__ import annotations

from flows.graphql.app import Service
from flows.graphql.schema import build_schema
from identity import RoleDocument
from subgraphs.shared.context import SubgraphContext
from subgraphs.shared.objects import with_generated
from subgraphs.supply.documents import DOCUMENTS, INDEXES, TAG
from subgraphs.supply.flows import FLOWS
from subgraphs.supply.mutations import Mutation
from subgraphs.supply.obj_types import OBJ_TYPES
from subgraphs.supply.query import Query


class SupplyContext(SubgraphContext):
    """Strawberry's `info.context` of Supply."""

    documents = DOCUMENTS


SERVICE = Service(
    tag=TAG,
    schema=build_schema(TAG, Query, with_generated(Mutation, OBJ_TYPES, FLOWS), FLOWS),
    flows=FLOWS,
    documents=(*DOCUMENTS, RoleDocument),
    indexes=INDEXES,
    context_class=SupplyContext,
)
