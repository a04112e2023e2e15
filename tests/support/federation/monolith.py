"""Random schemas with every kind of type, which a cutter can divide into subgraphs.

What is kept out is what no division could hide from clients: entities without keys, and references that
could never end (a value that cannot be without another value).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.support.federation.chance import Chance
from tests.support.federation.schema import Field, Input, Key, Kind, Schema, Type, Value, named
from tests.support.federation.values import literal, text

_LEAVES = ("String", "Int", "ID", "Boolean", "Float")


@dataclass(frozen=True)
class Size:
    """At most how many of each kind of type, and of fields of each."""

    entities: int = 3
    values: int = 2
    interfaces: int = 2
    unions: int = 2
    enums: int = 2
    inputs: int = 2
    scalars: int = 2
    fields: int = 4


def monolith(chance: Chance, size: Size | None = None) -> Schema:
    """A random valid schema with a query root and, at times, the other roots."""
    return _Maker(chance, size or Size()).make()


class _Maker:
    def __init__(self, chance: Chance, size: Size) -> None:
        self.chance = chance
        self.size = size
        self.types: dict[str, Type] = {}

    def make(self) -> Schema:
        self._leaves()
        self._inputs()
        self._composites()
        self._roots()
        return Schema(tuple(self.types.values()))

    def _add(self, found: Type) -> None:
        self.types[found.name] = found

    def _names(self, prefix: str, most: int, least: int = 0) -> list[str]:
        return [f"{prefix}{n}" for n in range(self.chance.integer(least, most))]

    def _leaves(self) -> None:
        chance = self.chance
        for name in self._names("S", self.size.scalars):
            url = "https://example.test/spec" if chance.flag(3) else None
            self._add(Type(name, Kind.SCALAR, description=text(chance), specified_by=url))
        for name in self._names("Enum", self.size.enums):
            values = [Value(f"{name.upper()}_{n}", text(chance), text(chance)) for n in range(chance.integer(1, 3))]
            self._add(Type(name, Kind.ENUM, values=tuple(values), description=text(chance)))

    def _leaf(self) -> str:
        return self.chance.choice([*_LEAVES, *self._of(Kind.SCALAR), *self._of(Kind.ENUM)])

    def _of(self, *kinds: Kind) -> list[str]:
        return [found.name for found in self.types.values() if found.kind in kinds]

    def _inputs(self) -> None:
        for name in self._names("In", self.size.inputs):
            one_of = self.chance.flag(5)
            entries = [self._input(f"i{n}", nullable=one_of, plain=one_of) for n in range(self.chance.integer(1, 3))]
            self._add(Type(name, Kind.INPUT, inputs=tuple(entries), one_of=one_of, description=text(self.chance)))

    def _input(self, name: str, nullable: bool = False, plain: bool = False) -> Input:
        chance = self.chance
        ref = self._wrapped(chance.choice([self._leaf(), *self._of(Kind.INPUT)]), strict=True)
        if nullable:
            ref = ref.removesuffix("!")
        default = literal(chance, ref, self.types) if not plain and chance.flag(3) else None
        if default is None and not plain and not ref.endswith("!") and chance.flag(8):
            default = "null"
        required = ref.endswith("!") and default is None
        return Input(name, ref, default, text(chance), None if required else text(chance))

    def _wrapped(self, name: str, strict: bool) -> str:
        """A reference to a type; only ``strict`` ones may demand that there is a value."""
        chance = self.chance
        shapes = ["%s", "[%s]", "[%s]!", "[[%s]]"]
        if strict:
            shapes += ["%s!", "[%s!]", "[%s!]!"]
        return chance.choice(shapes) % name

    def _composites(self) -> None:
        entities = self._names("Entity", self.size.entities, least=1)
        values = self._names("Val", self.size.values)
        for name in entities:
            self._add(Type(name, Kind.OBJECT, keys=(Key("id", ("id",)),), description=text(self.chance)))
        for name in values:
            self._add(Type(name, Kind.OBJECT, description=text(self.chance)))
        self._interfaces(entities, values)
        for name in self._names("Uni", self.size.unions):
            pool = [*entities, *values]
            members = self.chance.some(pool) or pool[:1]
            self._add(Type(name, Kind.UNION, members=tuple(members), description=text(self.chance)))
        for found in list(self.types.values()):
            if found.kind is Kind.INTERFACE:
                self._fill_interface(found)
        for name in (*entities, *values):
            self._fill_object(self.types[name])

    def _interfaces(self, entities: Sequence[str], values: Sequence[str]) -> None:
        """Interfaces are of entities or of values; one in three is a narrower kind of the one before."""
        for name in self._names("Face", self.size.interfaces):
            wider = [self.types[other] for other in self._of(Kind.INTERFACE)]
            parent = wider[-1] if wider and self.chance.flag(3) else None
            if parent is not None:
                pool = [t.name for t in self.types.values() if parent.name in t.interfaces and t.kind is Kind.OBJECT]
                inherited = (parent.name, *parent.interfaces)
            else:
                pool = list(self.chance.choice([g for g in (entities, values) if g]))
                inherited = ()
            self._add(Type(name, Kind.INTERFACE, interfaces=inherited, description=text(self.chance)))
            for member in self.chance.some(pool) or pool[:1]:
                found = self.types[member]
                self._add(replace(found, interfaces=tuple(dict.fromkeys((*found.interfaces, *inherited, name)))))

    def _of_entities(self, interface: Type) -> bool:
        return any(t.is_entity and interface.name in t.interfaces for t in self.types.values())

    def _fill_interface(self, found: Type) -> None:
        fields = {field.name: field for above in found.interfaces for field in self.types[above].fields}
        if self._of_entities(found):
            fields.setdefault("id", Field("id", "ID!", description=text(self.chance)))
        least = 0 if fields else 1
        for n in range(self.chance.integer(least, 2)):
            name = f"{found.name.lower()}_{n}"
            fields[name] = self._field(name)
        self._add(replace(found, fields=tuple(fields.values())))

    def _fill_object(self, found: Type) -> None:
        chance = self.chance
        fields: dict[str, Field] = {}
        if found.is_entity:
            fields["id"] = Field("id", "ID!", description=text(chance))
        for above in found.interfaces:
            for field in self.types[above].fields:
                fields.setdefault(field.name, self._narrowed(field))
        prefix = found.name.lower()
        for n in range(chance.integer(0 if fields else 1, self.size.fields)):
            fields[f"{prefix}_{n}"] = self._field(f"{prefix}_{n}")
        keys = self._more_keys(found, fields) if found.is_entity else ()
        self._add(replace(found, fields=tuple(fields.values()), keys=(*found.keys, *keys)))

    def _narrowed(self, field: Field) -> Field:
        """The field as an implementation has it: perhaps narrower, with one more argument."""
        chance = self.chance
        ref = field.type
        target = self.types.get(named(ref))
        if target is None or target.kind in (Kind.ENUM, Kind.SCALAR):
            ref = ref if ref.endswith("!") or chance.flag() else f"{ref}!"
        elif target.kind is Kind.INTERFACE and chance.flag():
            possible = [t.name for t in self.types.values() if target.name in t.interfaces]
            ref = ref.replace(target.name, chance.choice(possible))
        args = (*field.args, Input("more", "Int")) if chance.flag(6) else field.args
        deprecated = text(chance) if field.deprecated is not None else None
        return replace(field, type=ref, args=args, description=text(chance), deprecated=deprecated)

    def _more_keys(self, found: Type, fields: dict[str, Field]) -> tuple[Key, ...]:
        chance = self.chance
        keys: list[Key] = []
        if chance.flag():
            fields["sku"] = Field("sku", chance.choice(("String!", "Int!", "ID!")))
            keys.append(Key("sku", ("sku",)))
        if chance.flag(4):
            fields["part"] = Field("part", "Int!", description=text(chance))
            keys.append(Key("id part", ("id", "part")))
        others = [t.name for t in self.types.values() if t.is_entity and t.name < found.name]
        if others and chance.flag(4):
            fields["owner"] = Field("owner", f"{chance.choice(others)}!")
            keys.append(Key("owner { id }", ("owner",)))
        return tuple(keys)

    def _field(self, name: str) -> Field:
        chance = self.chance
        composite = [t for t in self._of(Kind.OBJECT, Kind.INTERFACE, Kind.UNION) if t != "Mutation"]
        target = chance.choice([self._leaf(), self._leaf(), *composite])
        found = self.types.get(target)
        strict = found is None or found.is_entity or found.kind in (Kind.ENUM, Kind.SCALAR)
        args = [self._input(f"a{n}") for n in range(chance.integer(0, 2))] if chance.flag(4) else []
        return Field(name, self._wrapped(target, strict), tuple(args), text(chance), text(chance))

    def _roots(self) -> None:
        chance = self.chance
        entities = [t.name for t in self.types.values() if t.is_entity]
        finders = [Field(f"find{name}", name, (Input("id", "ID!"),)) for name in chance.some(entities)]
        fields = [self._field(f"q{n}") for n in range(chance.integer(1, self.size.fields))]
        self._add(Type("Query", Kind.OBJECT, (*fields, *finders), description=text(chance)))
        for name in ("Mutation", "Subscription"):
            if chance.flag(4):
                fields = [self._field(f"{name[0].lower()}{n}") for n in range(chance.integer(1, 3))]
                self._add(Type(name, Kind.OBJECT, tuple(fields), description=text(chance)))
