"""Data without end: every value follows from a seed and the place that it stands at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from gateway.supergraph.selection import FieldSel, FieldSet
from tests.oracle.facts import Facts
from tests.support.federation.schema import BUILT_IN, Kind, named

ENTITIES = 3
ROOT = "root"
_CUSTOM: tuple[Any, ...] = ("any", 1, 1.5, True, [1, "two"], {"a": {"b": None}})


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: an entity by its number, a value by where it was found."""

    type: str
    key: str


class Broken(Exception):
    """A field that fails."""


@dataclass(frozen=True)
class Weather:
    """How much goes wrong: shares of nulls where one may be, and of fields and items that fail."""

    nulls: float = 0.0
    errors: float = 0.0


class World:
    """Answers what any field of any object is.

    In one of two worlds things of different types have equal ids, unless an interface is an entity: its ids are
    those of all its types.

    Attributes:
        turn: counts the mutations so far and shows in strings.
    """

    def __init__(self, facts: Facts, seed: int, weather: Weather) -> None:
        self.facts = facts
        self.turn = 0
        self._seed = seed
        self._weather = weather
        self._alike = seed % 2 == 1 and not any(part.interface_keys for part in facts.parts)

    def value(self, thing: Thing, name: str, arguments: Mapping[str, Any]) -> Any:
        """A leaf's JSON, a Thing, None, or a list of such, where items that fail are Broken. Raises Broken."""
        requires = self.facts.requires.get((thing.type, name))
        given = None if requires is None else self.read(thing, requires)
        return self.value_given(thing, name, arguments, given)

    def value_given(self, thing: Thing, name: str, arguments: Mapping[str, Any], given: Any) -> Any:
        """The value of a field that others are required for, from what was given of them."""
        owner = self.facts.whole.by_name[thing.type]
        if name in owner.key_fields:
            return self._key(thing, name)
        if thing.type == "Query" and name.startswith("find"):
            return self._find(named(owner.field(name).type), arguments["id"])
        text = json.dumps([thing.type, thing.key, name, arguments, given], sort_keys=True, default=str)
        maker = _Maker(self, thing, name, self._random(text), text)
        return maker.top(owner.field(name).type)

    def read(self, thing: Thing, fields: FieldSet) -> dict[str, Any]:
        """What a subgraph is given of an object; what fails arrives as null."""
        found: dict[str, Any] = {}
        for item in fields:
            if not isinstance(item, FieldSel):
                if thing.type in self.facts.objects(item.type):
                    found |= self.read(thing, item.selections)
                continue
            try:
                value = self.value(thing, item.name, self.facts.arguments(thing.type, item))
            except Broken:
                value = None
            found[item.name] = self._read_below(value, item.selections)
        return found

    def _read_below(self, value: Any, fields: FieldSet) -> Any:
        if isinstance(value, list):
            return [self._read_below(item, fields) for item in value]
        if isinstance(value, Thing):
            return self.read(value, fields)
        return None if isinstance(value, Broken) else value

    def told(self, thing: Thing, fields: FieldSet) -> Any:
        """The one leaf that a context's selection leads to; what fails arrives as null."""
        for item in fields:
            if isinstance(item, FieldSel):
                try:
                    value = self.value(thing, item.name, {})
                except Broken:
                    return None
                return self._told_below(value, item.selections)
            if thing.type in self.facts.objects(item.type):
                return self.told(thing, item.selections)
        raise LookupError(f"{thing.type} does not set the context")

    def _told_below(self, value: Any, fields: FieldSet) -> Any:
        if isinstance(value, list):
            return [self._told_below(item, fields) for item in value]
        if isinstance(value, Thing):
            return self.told(value, fields)
        return None if isinstance(value, Broken) else value

    def _random(self, text: str) -> Random:
        return Random(crc32(text.encode()) + (self._seed << 32))

    def _key(self, thing: Thing, name: str) -> Any:
        kind = self.facts.whole.by_name[thing.type].field(name).type.rstrip("!")
        number = int(thing.key)
        if kind == "Int":
            return number
        return self.id_of(thing) if kind in BUILT_IN else Thing(kind, thing.key)

    def id_of(self, thing: Thing) -> str:
        """What an entity is known by."""
        return f"thing.{thing.key}" if self._alike else f"{thing.type}.{thing.key}"

    def _find(self, name: str, wanted: Any) -> Thing | None:
        return next((thing for thing in self.all_of(name) if self.id_of(thing) == wanted), None)

    def all_of(self, name: str) -> list[Thing]:
        """Every entity of a type, or of the types behind it."""
        return [Thing(each, str(n)) for each in self.facts.objects(name) for n in range(ENTITIES)]

    @property
    def weather(self) -> Weather:
        return self._weather

    def is_sturdy(self, thing: Thing, name: str) -> bool:
        """Whether nothing is broken here.

        A required field that may not be null would take along whatever else its subgraph says of the object.
        """
        inside = (thing.type, name) in self.facts.inputs
        return inside and "!" in self.facts.whole.by_name[thing.type].field(name).type


@dataclass
class _Maker:
    """Makes one value."""

    world: World
    thing: Thing
    name: str
    random: Random
    text: str
    count: int = 0

    def top(self, ref: str) -> Any:
        self.weather = Weather() if self.world.is_sturdy(self.thing, self.name) else self.world.weather
        if self.random.random() < self.weather.errors:
            raise Broken(f"{self.thing.type}.{self.name} of {self.thing.key} is out of order")
        return self.make(ref)

    def make(self, ref: str) -> Any:
        required = ref.endswith("!")
        if self.random.random() < (self.weather.errors / 4 if required else self.weather.nulls):
            return None
        inner = ref.rstrip("!") if not ref.startswith("[") else ref.removesuffix("!")
        if inner.startswith("["):
            return [self.item(inner[1:-1]) for _ in range(self.random.choice((0, 1, 2, 2, 3)))]
        return self.single(inner)

    def item(self, ref: str) -> Any:
        if self.random.random() < self.weather.errors / 3:
            return Broken(f"an item of {self.thing.type}.{self.name} is out of order")
        return self.make(ref)

    def single(self, name: str) -> Any:
        self.count += 1
        match name:
            case "String":
                turn = f"@{self.world.turn}" if self.world.turn else ""
                return f"{self.name} {crc32(self.text.encode()) % 10_000}{turn}"
            case "ID":
                return f"{self.name}-{self.random.randrange(100)}"
            case "Int":
                return self.random.randrange(-5, 1000)
            case "Float":
                return self.random.choice((0.5, 1.25, -3.0, 1e21))
            case "Boolean":
                return self.random.random() < 0.5
        found = self.world.facts.whole.by_name[name]
        if found.kind is Kind.ENUM:
            return self.random.choice(found.values).name
        if found.kind is Kind.SCALAR:
            return self.random.choice(_CUSTOM)
        return self.object()

    def object(self) -> Thing | None:
        facts = self.world.facts
        options = facts.possible(facts.whole.by_name[self.thing.type], self.name)
        if not options:
            return None
        chosen = self.random.choice(options)
        if facts.whole.by_name[chosen].is_root:
            return Thing(chosen, ROOT)
        if facts.whole.by_name[chosen].is_entity:
            return Thing(chosen, str(self.random.randrange(ENTITIES)))
        return Thing(chosen, f"v{crc32(self.text.encode())}.{self.count}")
