"""Supply's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.schema import Flow
from flows.submitted import with_submitted
from subgraphs.supply.documents import TAG
from subgraphs.supply.flows.create_company import CREATE_COMPANY
from subgraphs.supply.flows.create_item import CREATE_ITEM
from subgraphs.supply.flows.create_stage import CREATE_STAGE
from subgraphs.supply.flows.create_transform import CREATE_TRANSFORM

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_COMPANY,
    CREATE_ITEM,
    CREATE_STAGE,
    CREATE_TRANSFORM,
)
"""The flows that mutations run."""

FLOWS: tuple[Flow[Any], ...] = with_submitted(TAG, MUTATIONS)
