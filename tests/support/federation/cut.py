"""Cuts a schema into subgraphs that together have its API: who resolves which field, and what that entails.

``cut(monolith, chance)`` first gives every field its subgraphs, then lets each subgraph declare whatever its
fields mention, then sharpens some fields with ``@requires``, ``@provides`` and ``@override``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.support.federation.chance import Chance
from tests.support.federation.closure import Closure
from tests.support.federation.dialect import dialect
from tests.support.federation.monolith import monolith
from tests.support.federation.part import Part
from tests.support.federation.schema import ROOTS, Field, Kind, Schema, Type
from tests.support.federation.twists import override_fields, provide_fields, require_fields

NAMES = ("a", "b", "c-1", "9 lives", "A", "straße", "x.y")


@dataclass(frozen=True)
class Cut:
    """A schema and the subgraphs that make it up."""

    whole: Schema
    parts: tuple[Part, ...]


Twist = Callable[[Schema, Closure, Chance], None]


def cut(
    whole: Schema,
    chance: Chance,
    most: int = 4,
    names: Sequence[str] = NAMES,
    least: int = 1,
    twists: Sequence[Twist] = (),
) -> Cut:
    """Divide a schema over a number of subgraphs, each of which speaks its own dialect.

    More ``twists`` come after the usual ones.
    """
    count = chance.integer(least, min(most, len(names)))
    parts = [Part(name, whole) for name in names[:count]]
    closure = Closure(whole, parts, chance)
    homes = _interface_homes(whole, parts, chance)
    for found in whole.types:
        if found.is_entity or found.is_root:
            for entry in found.fields:
                if entry.name not in found.key_fields:
                    for owner in _owners(found, entry, homes, parts, chance):
                        closure.own(owner, found, entry)
    for name, home in homes.items():
        closure.mention(home, name)
    for found in whole.types:
        if not any(found.name in part.types for part in parts):
            closure.mention(chance.choice(parts), found.name)
    require_fields(whole, closure, chance)
    provide_fields(whole, closure, chance)
    override_fields(whole, closure, chance)
    for twist in twists:
        twist(whole, closure, chance)
    closure.settle()
    _speak(whole, parts, chance)
    return Cut(whole, tuple(part for part in parts if part.types))


def random_cut(chance: Chance) -> Cut:
    """A random schema, divided."""
    return cut(monolith(chance), chance)


def _interface_homes(whole: Schema, parts: Sequence[Part], chance: Chance) -> dict[str, Part]:
    """Each interface has one subgraph where all its fields are resolved for all its implementations."""
    homes: dict[str, Part] = {}
    for found in whole.types:
        if found.kind is Kind.INTERFACE:
            above = [homes[name] for name in found.interfaces if name in homes]
            homes[found.name] = above[0] if above else chance.choice(parts)
    return homes


def _owners(found: Type, entry: Field, homes: dict[str, Part], parts: Sequence[Part], chance: Chance) -> Sequence[Part]:
    whole = parts[0].whole
    needed = [homes[name] for name in found.interfaces if entry.name in whole.by_name[name].field_names]
    first = needed[0] if needed else chance.choice(parts)
    if found.name in ("Mutation", "Subscription") or not chance.flag(4):
        return [first]
    return [part for part in parts if part is first or chance.flag()]


def _speak(whole: Schema, parts: Sequence[Part], chance: Chance) -> None:
    for part in parts:
        labelled = any(role.label for roles in part.roles.values() for role in roles.values())
        part.dialect = dialect(chance, part.needs(), 7 if labelled else 0)
        taken = {found.name for found in whole.types}
        for name in ROOTS:
            if name in part.types and chance.flag(6) and f"Root{name}" not in taken:
                part.root_names[name] = f"Root{name}"
