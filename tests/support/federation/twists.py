"""What makes a cut more than a division: fields that require, provide or override others."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.federation.chance import Chance
from tests.support.federation.closure import Closure
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import BUILT_IN, Field, Kind, Schema, Type, named

LABELS = (None, None, "percent(25)", "beta")


def _plain(whole: Schema, entry: Field) -> bool:
    """Whether a field can be in a field set as it is: a leaf without arguments."""
    name = named(entry.type)
    leaf = name in BUILT_IN or whole.by_name[name].kind in (Kind.SCALAR, Kind.ENUM)
    return leaf and not entry.args


def _free(whole: Schema, closure: Closure, found: Type) -> Iterator[tuple[Field, Part]]:
    """The fields that one subgraph alone has and resolves without the help of others."""
    for entry in found.fields:
        holders = [part for part in closure.parts if entry.name in part.roles.get(found.name, {})]
        if len(holders) == 1 and entry.name not in found.key_fields:
            yield entry, holders[0]


def require_fields(whole: Schema, closure: Closure, chance: Chance) -> None:
    """Let some fields of entities depend on plain fields of other subgraphs."""
    for found in whole.types:
        if not found.is_entity:
            continue
        for entry, part in list(_free(whole, closure, found)):
            if chance.flag(3):
                wanted = [f for f in found.fields if _requirable(whole, closure, found, f, part)]
                chosen = chance.some(wanted) or wanted[:1]
                for field in chosen:
                    closure.borrow(part, found, field)
                if chosen:
                    part.roles[found.name][entry.name].requires = " ".join(field.name for field in chosen)


def _requirable(whole: Schema, closure: Closure, found: Type, entry: Field, part: Part) -> bool:
    here = part.roles[found.name].get(entry.name)
    roles = [p.roles[found.name][entry.name] for p in closure.resolvers(found, entry.name)]
    return (
        _plain(whole, entry)
        and entry.name not in found.key_fields
        and (here is None or here.external)
        and not any(role.requires for role in roles)
    )


def provide_fields(whole: Schema, closure: Closure, chance: Chance) -> None:
    """Let some fields resolve more of the entities they return than their subgraph does elsewhere."""
    for found in whole.types:
        if not (found.is_entity or found.is_root):
            continue
        for entry, part in list(_free(whole, closure, found)):
            target = whole.by_name.get(named(entry.type))
            if target is None or not target.is_entity or not chance.flag(3):
                continue
            wanted = [f for f in target.fields if _requirable(whole, closure, target, f, part)]
            chosen = chance.some(wanted) or wanted[:1]
            for field in chosen:
                closure.borrow(part, target, field).shareable = True
            if chosen:
                part.roles[found.name][entry.name].provides = " ".join(field.name for field in chosen)


def override_fields(whole: Schema, closure: Closure, chance: Chance) -> None:
    """Let some fields be taken over from subgraphs that still have them."""
    for found in whole.types:
        if not (found.is_entity or found.is_root) or found.name in ("Mutation", "Subscription"):
            continue
        for entry, part in list(_free(whole, closure, found)):
            role = part.roles[found.name][entry.name]
            others = [p for p in closure.parts if p is not part and found.name in p.types]
            if others and role == Role() and chance.flag(4):
                loser = chance.choice(others)
                closure.own(loser, found, entry)
                loser.roles[found.name][entry.name].lost = True
                role.override, role.label = loser.name, chance.choice(LABELS)
