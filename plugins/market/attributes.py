"""What to change of a product so that it has the attributes of a good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin_sdk import Record


@dataclass(frozen=True)
class AttributeChange:
    """What to set and what to remove."""

    set: tuple[tuple[str, str], ...]
    unset: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.set or self.unset)


def by_name(attributes: Iterable[Record]) -> dict[str, str]:
    """Attributes as a mapping."""
    return {attribute.name: attribute.value for attribute in attributes}


def attribute_change(wanted: Mapping[str, str], present: Mapping[str, str]) -> AttributeChange:
    """The change that makes `present` equal to `wanted`; nothing where it is already."""
    return AttributeChange(
        set=tuple((name, value) for name, value in wanted.items() if present.get(name) != value),
        unset=tuple(name for name in present if name not in wanted),
    )
