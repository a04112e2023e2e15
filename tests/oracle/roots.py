"""Adds ways back to the query type from entities, often to several of it at once."""

from __future__ import annotations

from dataclasses import replace

from tests.support.federation.chance import Chance
from tests.support.federation.cut import Cut
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import Field, Schema, Type

_SHAPES = ("Query", "[Query]", "[Query!]!", "[[Query]]")


def add_query_below(found: Cut, chance: Chance) -> Cut:
    """Lets the entities of one subgraph have a field of the query type, where one can resolve such."""
    homes = [(part, owners) for part in found.parts if (owners := _owners(found, part))]
    if not homes:
        return found
    home, owners = chance.choice(homes)
    entry = Field("top", chance.choice(_SHAPES))
    whole = Schema(
        tuple(replace(each, fields=(*each.fields, entry)) if each in owners else each for each in found.whole.types)
    )
    home.whole = whole
    for owner in owners:
        home.roles[owner.name][entry.name] = Role()
    return Cut(whole, found.parts)


def _owners(found: Cut, part: Part) -> list[Type]:
    """The entities that a subgraph can be entered at, if it knows the query type."""
    if "Query" not in part.types or part.interface_objects:
        return []
    known = [each for each in found.whole.types if each.is_entity and each.name in part.types]
    return [each for each in known if any(part.keys[each.name].values())]
