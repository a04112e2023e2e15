"""A naive checker: from what the subgraphs say, everything that a finite chain of requests can read.

Written for being obviously right, not for speed; it shares nothing with the composer but the meaning of the
directives. `fuel` bounds how many requests may hang on each other; small inputs never need more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from tests.properties.satisfiability.tangle import Entry, Set, Shape, Tangle

FUEL = 7


@dataclass(frozen=True)
class Spot:
    """An object of a type, being read in a subgraph; `given` is what @provides adds there."""

    type: str
    part: str
    given: Set = ()


Spots = frozenset[Spot]


class Brute:
    """All that can be read while these override labels are active."""

    def __init__(self, tangle: Tangle, labels: Iterable[str]) -> None:
        self.parts = tangle.parts
        self.labels = frozenset(labels)
        self.around = cache(self._around)
        self.has = cache(self._has)

    def readable(self, path: list[str]) -> bool:
        """Whether a query's path can be read: names of fields, and of types to narrow to after `on `."""
        spots = frozenset(Spot("Query", part) for part, types in self.parts.items() if "Query" in types)
        type_name = "Query"
        for step in path:
            if step.startswith("on "):
                spots, type_name = self._narrowed(spots, type_name, step[3:]), step[3:]
                if not spots:
                    return True
                continue
            if step == "__typename":
                return not self._is_abstract(type_name) or any(not self._blind(s) for s in self._all(type_name, spots))
            everywhere = self.around(type_name, spots, FUEL)
            moves = [spot for spot in everywhere if self._resolves(spot, step, type_name, everywhere, FUEL)]
            if not moves:
                return False
            spots = frozenset(self._target(spot, step) for spot in moves)
            type_name = next(iter(spots)).type
        return True

    # What a subgraph says

    def _shape(self, spot: Spot) -> Shape:
        return self.parts[spot.part][spot.type]

    def _entry(self, spot: Spot, name: str) -> Entry | None:
        return self._shape(spot).fields.get(name)

    def _is_abstract(self, name: str) -> bool:
        return any(name in types and types[name].kind != "type" for types in self.parts.values())

    def _blind(self, spot: Spot) -> bool:
        return self._shape(spot).interface_object

    def _live(self, spot: Spot, name: str, entry: Entry) -> bool:
        """Whether the subgraph resolves its field, now that overrides have been counted."""
        if entry.external:
            return False
        if entry.label is not None and entry.label not in self.labels:
            return False
        for types in self.parts.values():
            other = types[spot.type].fields.get(name) if spot.type in types else None
            if other and other.override == spot.part and (other.label is None or other.label in self.labels):
                return False
        return True

    def _plain(self, spot: Spot, name: str) -> bool:
        if any(name == given for given, _ in spot.given):
            return True
        entry = self._entry(spot, name)
        return entry is not None and not entry.requires and self._live(spot, name, entry)

    def _target(self, spot: Spot, name: str) -> Spot:
        entry = self._entry(spot, name)
        assert entry is not None
        below = tuple(item for given, items in spot.given if given == name for item in items)
        return Spot(entry.type, spot.part, entry.provides + below)

    def _narrowed(self, spots: Spots, abstract: str, name: str) -> Spots:
        """The spots seen as of a type; whoever does not know the real type is asked elsewhere first."""
        everywhere = self._all(abstract, spots) if any(self._blind(spot) for spot in spots) else spots
        found = set()
        for spot in everywhere:
            shape = self._shape(spot)
            if self._blind(spot):
                found.add(spot)
            elif (shape.kind == "union" and name in shape.members) or (
                name in self.parts[spot.part] and spot.type in self.parts[spot.part][name].interfaces
            ):
                found.add(Spot(name, spot.part))
        return frozenset(found) if any(not self._blind(spot) for spot in everywhere) else frozenset()

    def _all(self, name: str, spots: Spots) -> Spots:
        return self.around(name, spots, FUEL)

    # What chains of requests can do

    def _around(self, type_name: str, spots: Spots, fuel: int) -> Spots:
        """All spots in which the object can be read, given those in which it is being read."""
        if fuel == 0:
            return spots
        found = spots
        while True:
            more = {
                Spot(name, part)
                for part, types in self.parts.items()
                for name in self._names_of(type_name)
                if name in types and (name == type_name or types[name].interface_object)
                for key, resolvable in types[name].keys
                if resolvable and self.has(key, found, fuel)
            }
            if type_name == "Query":
                more = {Spot("Query", part) for part, types in self.parts.items() if "Query" in types}
            if more <= found:
                return found
            found |= more

    def _names_of(self, type_name: str) -> set[str]:
        """A type and its interfaces: as any of them it may be known elsewhere."""
        shapes = [types[type_name] for types in self.parts.values() if type_name in types]
        return {type_name, *(name for shape in shapes for name in shape.interfaces)}

    def _has(self, fields: Set, spots: Spots, fuel: int) -> bool:
        """Whether a key can be read from these spots; what is nested may be read elsewhere too."""
        for name, below in fields:
            sources = [spot for spot in spots if self._plain(spot, name)]
            if not sources:
                return False
            if below and not self.has(below, self._below(sources, name, fuel), fuel - 1):
                return False
        return True

    def _below(self, sources: list[Spot], name: str, fuel: int) -> Spots:
        targets = frozenset(self._target(spot, name) for spot in sources)
        return self.around(next(iter(targets)).type, targets, fuel - 1) if fuel > 0 else targets

    def _resolves(self, spot: Spot, name: str, type_name: str, spots: Spots, fuel: int) -> bool:
        """Whether the field can be taken here: as it is, or when sent what it requires."""
        if self._plain(spot, name):
            return True
        entry = self._entry(spot, name)
        if entry is None or not entry.requires or not self._live(spot, name, entry) or fuel == 0:
            return False
        keys = [key for key, resolvable in self._shape(spot).keys if resolvable]
        if not any(self.has(key, spots, fuel) for key in keys):
            return False
        return self._obtains(entry.requires, type_name, spots, fuel - 1)

    def _obtains(self, fields: Set, type_name: str, spots: Spots, fuel: int) -> bool:
        """Whether a requirement can be read from these spots, by further requirements too."""
        for name, below in fields:
            sources = [spot for spot in spots if self._resolves(spot, name, type_name, spots, fuel)]
            if not sources:
                return False
            if below:
                targets = self._below(sources, name, fuel)
                if not self._obtains(below, next(iter(targets)).type, targets, fuel):
                    return False
        return True
