"""Commerce's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.schema import Flow

from .adjust_stock import ADJUST_STOCK
from .cancel_sale import CANCEL_SALE
from .create_business import CREATE_BUSINESS
from .create_customer import CREATE_CUSTOMER
from .create_good import CREATE_GOOD
from .create_sale import CREATE_SALE
from .delete_good import DELETE_GOOD
from .record_production import RECORD_PRODUCTION
from .set_price import SET_PRICE
from .update_good_attributes import UPDATE_GOOD_ATTRIBUTES

FLOWS: tuple[Flow[Any], ...] = (
    CREATE_BUSINESS,
    CREATE_GOOD,
    UPDATE_GOOD_ATTRIBUTES,
    SET_PRICE,
    ADJUST_STOCK,
    DELETE_GOOD,
    CREATE_CUSTOMER,
    CREATE_SALE,
    CANCEL_SALE,
    RECORD_PRODUCTION,
)
