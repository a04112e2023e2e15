"""Supply's flows: every mutation is one of them."""

from __future__ import annotations

from typing import Any

from flows.schema import Flow

from .create_company import CREATE_COMPANY
from .create_item import CREATE_ITEM
from .create_stage import CREATE_STAGE
from .create_transform import CREATE_TRANSFORM

FLOWS: tuple[Flow[Any], ...] = (CREATE_COMPANY, CREATE_ITEM, CREATE_STAGE, CREATE_TRANSFORM)
