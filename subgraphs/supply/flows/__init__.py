"""Supply's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.assembly import assemble
from flows.schema import Flow
from subgraphs.shared.objects import generated_flows
from subgraphs.supply.documents import TAG
from subgraphs.supply.flows.create_company import CREATE_COMPANY
from subgraphs.supply.flows.create_item import CREATE_ITEM
from subgraphs.supply.flows.create_stage import CREATE_STAGE
from subgraphs.supply.flows.create_transform import CREATE_TRANSFORM
from subgraphs.supply.obj_types import OBJ_TYPES

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_COMPANY,
    CREATE_ITEM,
    CREATE_STAGE,
    CREATE_TRANSFORM,
)
"""Written by hand; each is run by a mutation."""

FLOWS: tuple[Flow[Any], ...] = assemble(TAG, MUTATIONS, generated=generated_flows(OBJ_TYPES))
