"""What a subgraph must declare besides the fields it owns, so that its schema is whole."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.federation.chance import Chance
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import BUILT_IN, Field, Key, Kind, Schema, Type, named, referred


class Closure:
    """Puts fields and types into subgraphs, each with all that it refers to.

    Every entity has a hub: the first subgraph that knows it has all its keys, so that any subgraph with
    any of them reaches any other.
    """

    def __init__(self, whole: Schema, parts: Sequence[Part], chance: Chance) -> None:
        self.whole = whole
        self.parts = parts
        self.chance = chance
        self._hubs: dict[str, Part] = {}

    def own(self, part: Part, found: Type, entry: Field) -> None:
        """Let a subgraph resolve a field of an entity or a root."""
        self._enter(part, found)
        self._place(part, found, entry, Role())

    def borrow(self, part: Part, found: Type, entry: Field) -> Role:
        """Let a subgraph know a field of an entity that others resolve."""
        roles = part.roles[found.name]
        if entry.name not in roles:
            self._place(part, found, entry, Role(external=True))
        return roles[entry.name]

    def resolvers(self, found: Type, name: str) -> list[Part]:
        """The subgraphs that resolve a field by themselves."""
        roles = [(part, part.roles.get(found.name, {}).get(name)) for part in self.parts]
        return [part for part, role in roles if role is not None and not role.external]

    def mention(self, part: Part, name: str) -> None:
        """Let a subgraph declare a type and whatever that refers to."""
        if name in BUILT_IN or name in part.types:
            return
        found = self.whole.by_name[name]
        if found.is_entity or found.is_root:
            self._enter(part, found)
            return
        part.types.add(name)
        match found.kind:
            case Kind.OBJECT:
                for entry in found.fields:
                    self._place(part, found, entry, Role())
            case Kind.INPUT:
                for given in found.inputs:
                    self.mention(part, named(given.type))
            case Kind.UNION:
                for member in found.members:
                    self.mention(part, member)
            case Kind.INTERFACE:
                self._interface(part, found)

    def _interface(self, part: Part, found: Type) -> None:
        for above in found.interfaces:
            self.mention(part, above)
        for implementation in self.whole.implementations(found.name):
            self.mention(part, implementation.name)
            if implementation.is_entity:
                self._key(part, implementation, implementation.keys[0])
        for other in self.whole.types:
            if other.kind is Kind.INTERFACE and found.name in other.interfaces:
                self.mention(part, other.name)

    def _place(self, part: Part, found: Type, entry: Field, role: Role) -> None:
        part.types.add(found.name)
        roles = part.roles.setdefault(found.name, {})
        if entry.name in roles:
            return
        roles[entry.name] = role
        for name in referred(entry):
            self.mention(part, name)

    def _enter(self, part: Part, found: Type) -> None:
        """Make an entity known in a subgraph, by all its keys in its hub and by some elsewhere."""
        if found.name in part.types:
            return
        part.types.add(found.name)
        part.roles.setdefault(found.name, {})
        if not found.is_entity:
            return
        hub = self._hubs.setdefault(found.name, part)
        keys = found.keys if hub is part else self.chance.some(found.keys) or [self.chance.choice(found.keys)]
        for key in keys:
            self._key(part, found, key)

    def _key(self, part: Part, found: Type, key: Key) -> None:
        keys = part.keys.setdefault(found.name, {})
        if key in keys:
            return
        keys[key] = True
        for name in key.fields:
            entry = found.field(name)
            self._place(part, found, entry, Role())
            target = self.whole.by_name.get(named(entry.type))
            if target is not None and target.is_entity:
                self._key(part, target, target.keys[0])

    def settle(self) -> None:
        """Decide what depends on everything else: fields of interfaces, sharing, stubs and extensions."""
        for part in self.parts:
            while self._expose(part):
                pass
        for found in self.whole.types:
            if found.kind is Kind.OBJECT:
                holders = [part for part in self.parts if found.name in part.types]
                self._share(found, holders)
                self._vary(found, holders)

    def _expose(self, part: Part) -> bool:
        """Give every interface the fields that all its implementations have here; True if that took more types."""
        before = len(part.types)
        for found in self.whole.types:
            if found.kind is Kind.INTERFACE and found.name in part.types:
                names = part.interface_fields[found.name] = self._common(part, found)
                for name in names:
                    for other in referred(found.field(name)):
                        self.mention(part, other)
        return len(part.types) > before

    def _common(self, part: Part, found: Type) -> tuple[str, ...]:
        below = self.whole.implementations(found.name)
        return tuple(
            entry.name
            for entry in found.fields
            if all((role := part.roles[t.name].get(entry.name)) is not None and not role.external for t in below)
        )

    def _share(self, found: Type, holders: Sequence[Part]) -> None:
        for entry in found.fields:
            roles = [(part, role) for part in holders if (role := part.roles[found.name].get(entry.name)) is not None]
            provided = any(role.external and role.shareable for _, role in roles)
            resolving = [(part, role) for part, role in roles if not role.external and not role.lost]
            for part, role in resolving:
                shared = len(resolving) > 1 or provided
                implied = any(entry.name in key.fields for key in part.keys.get(found.name, ()))
                role.shareable = shared and (not implied or self.chance.flag(4))

    def _vary(self, found: Type, holders: Sequence[Part]) -> None:
        hub = self._hubs.get(found.name)
        for part in holders:
            if found.is_entity and part is not hub:
                if set(part.roles[found.name]) <= found.key_fields and self.chance.flag(3):
                    keys = part.keys[found.name]
                    part.keys[found.name] = dict.fromkeys(keys, False)
                if self.chance.flag(4):
                    part.extended.add(found.name)
