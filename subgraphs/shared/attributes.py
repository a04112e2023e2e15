"""Named values of an object: an ordered list with one value for each name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from flows.graphql.types import Attribute, AttributeInput


class StoredAttribute(BaseModel):
    """An attribute in a document. A list of them is kept, because a name may hold any character, dots too."""

    model_config = ConfigDict(frozen=True)
    name: str
    value: str


@dataclass(frozen=True)
class AttributeValue:
    """An attribute in a flow's parameters."""

    name: str
    value: str


def from_input(attributes: Sequence[AttributeInput] | None) -> list[AttributeValue]:
    """The parameters' form of what a caller gave."""
    return [AttributeValue(name=item.name, value=item.value) for item in attributes or ()]


def to_stored(attributes: Iterable[AttributeValue]) -> list[StoredAttribute]:
    """The document's form of a flow's parameters."""
    return [StoredAttribute(name=item.name, value=item.value) for item in attributes]


def to_graphql(attributes: Iterable[StoredAttribute | AttributeValue]) -> list[Attribute]:
    """The form that clients and plugins see."""
    return [Attribute(name=item.name, value=item.value) for item in attributes]


def merge(
    current: Sequence[StoredAttribute], values: Iterable[AttributeValue], unset: Iterable[str]
) -> list[StoredAttribute]:
    """`current` with `values` set (new names at the end) and `unset` taken away."""
    merged = {item.name: item.value for item in current}
    merged.update({item.name: item.value for item in values})
    gone = set(unset)
    return [StoredAttribute(name=name, value=value) for name, value in merged.items() if name not in gone]
