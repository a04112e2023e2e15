"""Commerce's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.assembly import assemble
from flows.schema import Flow
from subgraphs.commerce.documents import TAG
from subgraphs.commerce.flows.adjust_stock import ADJUST_STOCK
from subgraphs.commerce.flows.cancel_sale import CANCEL_SALE
from subgraphs.commerce.flows.change_prices import CHANGE_PRICES
from subgraphs.commerce.flows.create_business import CREATE_BUSINESS
from subgraphs.commerce.flows.create_customer import CREATE_CUSTOMER
from subgraphs.commerce.flows.create_good import CREATE_GOOD
from subgraphs.commerce.flows.create_sale import CREATE_SALE
from subgraphs.commerce.flows.delete_good import DELETE_GOOD
from subgraphs.commerce.flows.record_production import RECORD_PRODUCTION
from subgraphs.commerce.flows.set_price import SET_PRICE
from subgraphs.commerce.flows.update_good_attributes import UPDATE_GOOD_ATTRIBUTES
from subgraphs.commerce.obj_types import OBJ_TYPES
from subgraphs.shared.objects import generated_flows

MUTATIONS: tuple[Flow[Any], ...] = (
    CREATE_BUSINESS,
    CREATE_GOOD,
    UPDATE_GOOD_ATTRIBUTES,
    SET_PRICE,
    CHANGE_PRICES,
    ADJUST_STOCK,
    DELETE_GOOD,
    CREATE_CUSTOMER,
    CREATE_SALE,
    CANCEL_SALE,
    RECORD_PRODUCTION,
)
"""Written by hand; each is run by a mutation."""

FLOWS: tuple[Flow[Any], ...] = assemble(TAG, MUTATIONS, generated=generated_flows(OBJ_TYPES))
