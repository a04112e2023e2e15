"""Names and import lines of the files that are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from subgraphs.shared.entity import Entity

LONGEST_LINE = 120


def snake(name: str) -> str:
    """`archiveGood` and `ArchiveGood` as `archive_good`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def pascal(tag: str) -> str:
    """`archiveGood` as `ArchiveGood`."""
    return tag[0].upper() + tag[1:]


def camel(name: str) -> str:
    """`SellOffer` as `sellOffer`."""
    return name[0].lower() + name[1:]


def import_lines(wanted: Mapping[str, Iterable[str]]) -> str:
    """The lines that import these names from these modules, as a formatter would leave them."""
    return "\n".join(_import(module, sorted(names, key=_order)) for module, names in sorted(wanted.items()))


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LONGEST_LINE:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name.lower())


def entity_of(service: str, type: str) -> type[Entity]:
    """The GraphQL type of an objType."""
    return next(
        entity
        for entity in _subclasses(Entity)
        if entity.documents.obj_type == type and entity.documents.service == service
    )


def _subclasses(cls: type[Entity]) -> Iterator[type[Entity]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
