"""Market's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.assembly import assemble
from flows.schema import Flow
from subgraphs.market.documents import TAG
from subgraphs.market.flows.cancel_order import CANCEL_ORDER
from subgraphs.market.flows.create_product import CREATE_PRODUCT
from subgraphs.market.flows.create_sell_offer import CREATE_SELL_OFFER
from subgraphs.market.flows.create_seller import CREATE_SELLER
from subgraphs.market.flows.place_order import PLACE_ORDER
from subgraphs.market.flows.reservations import RELEASE_OFFER, RESERVE_OFFER
from subgraphs.market.flows.update_product import UPDATE_PRODUCT
from subgraphs.market.flows.update_sell_offer import UPDATE_SELL_OFFER
from subgraphs.market.flows.withdraw_sell_offer import WITHDRAW_SELL_OFFER
from subgraphs.market.obj_types import OBJ_TYPES
from subgraphs.shared.objects import generated_flows

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_SELLER,
    CREATE_PRODUCT,
    UPDATE_PRODUCT,
    CREATE_SELL_OFFER,
    UPDATE_SELL_OFFER,
    WITHDRAW_SELL_OFFER,
    PLACE_ORDER,
    CANCEL_ORDER,
)
"""Written by hand; each is run by a mutation."""

CHILDREN: tuple[Flow[Any], ...] = (RESERVE_OFFER, RELEASE_OFFER)
"""These are only ever started by other flows."""

FLOWS: tuple[Flow[Any], ...] = assemble(TAG, MUTATIONS, generated=generated_flows(OBJ_TYPES), children=CHILDREN)
