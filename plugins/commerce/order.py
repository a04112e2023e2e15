"""An order as Commerce sees it: which of its lines are connected, and which goods they want."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugin_sdk import Connection, as_json

LINK = "good"


@dataclass(frozen=True)
class WantedGood:
    """So much of a good, at a price each."""

    good_id: str
    quantity: int
    unit_price: Mapping[str, Any]

    def as_input(self) -> dict[str, Any]:
        """A line of `createSale`."""
        return {"goodId": self.good_id, "quantity": self.quantity, "unitPrice": dict(self.unit_price)}


def goods_by_offer(connections: Iterable[Connection]) -> dict[str, str]:
    """The good that each connected offer is linked to; offers without a link are left out."""
    return {connection.object_id: str(connection.links[LINK]) for connection in connections if LINK in connection.links}


def wanted_goods(lines: Iterable[Any], goods: Mapping[str, str]) -> list[WantedGood]:
    """What the connected lines want, in their order; lines of one good at one price are one."""
    wanted: dict[tuple[str, str, str], WantedGood] = {}
    for line in lines:
        good_id = goods.get(line.offerId)
        if good_id is None:
            continue
        key = (good_id, str(line.unitPrice.amount), line.unitPrice.currency)
        before = wanted[key].quantity if key in wanted else 0
        wanted[key] = WantedGood(good_id, before + line.quantity, as_json(line.unitPrice))
    return list(wanted.values())


def left_out(lines: Iterable[Any], goods: Mapping[str, str]) -> list[str]:
    """The offers of the order that no good is known for."""
    return [line.offerId for line in lines if line.offerId not in goods]
