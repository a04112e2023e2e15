"""Market's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.schema import Flow
from flows.submitted import with_submitted
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
"""The flows that mutations run."""

FLOWS: tuple[Flow[Any], ...] = (*with_submitted(TAG, MUTATIONS), RESERVE_OFFER, RELEASE_OFFER)
"""These two are only ever started by other flows."""
