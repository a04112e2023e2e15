"""A production of goods as Supply sees it: so much of which items, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin_sdk import Connection

LINK = "item"
LONGEST_MEMO = 2000


def items_by_good(connections: Iterable[Connection]) -> dict[str, str]:
    """The item that each connected good is linked to; goods without a link are left out."""
    return {connection.object_id: str(connection.links[LINK]) for connection in connections if LINK in connection.links}


@dataclass
class Part:
    """What a production did to the items of one company.

    Attributes:
        inputs, outputs: quantities by item; goods with one item count together.
        left_out: the other goods of the production, with their quantities, for people to read.
    """

    inputs: Counter[str] = field(default_factory=Counter)
    outputs: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)

    def as_input(self, company_id: str, kind: str, production_id: str) -> dict[str, Any]:
        """The input of `createTransform`."""
        return {
            "companyId": company_id,
            "kind": kind,
            "inputs": _quantities(self.inputs),
            "outputs": _quantities(self.outputs),
            "externalRef": production_id,
            "memo": memo(self.left_out),
        }


def parts_of(production: Any, items: Mapping[str, str], companies: Mapping[str, str]) -> dict[str, Part]:
    """The production's part in each company, by company; none where no good is linked.

    Args:
        production: its `inputs` and `outputs`.
        items: item by good.
        companies: company by item.
    """
    parts = {companies[item]: Part() for item in items.values() if item in companies}
    for side in ("inputs", "outputs"):
        for line in production[side]:
            item = items.get(line.goodId)
            company = companies.get(item) if item is not None else None
            for id, part in parts.items():
                if item is not None and id == company:
                    getattr(part, side)[item] += line.quantity
                else:
                    part.left_out.append(f"{name_of(line)} ({'input' if side == 'inputs' else 'output'})")
    return {id: part for id, part in parts.items() if part.inputs or part.outputs}


def name_of(line: Any) -> str:
    """How much of which good, by its name where the plugin may see that."""
    named = line.goodId if line.good is None else f"{line.good.name} [{line.good.sku}, {line.goodId}]"
    return f"{line.quantity} x {named}"


def memo(left_out: list[str]) -> str | None:
    """The names of the goods that are no part of the transform; None where all are."""
    if not left_out:
        return None
    text = f"Without goods that are linked to no item of this company: {', '.join(left_out)}"
    return text if len(text) <= LONGEST_MEMO else text[: LONGEST_MEMO - 1] + "…"


def _quantities(side: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"itemId": item, "quantity": quantity} for item, quantity in side.items()]
