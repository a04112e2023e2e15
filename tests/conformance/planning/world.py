"""The data of a topic: objects by type and id, and what their fields hold.

``Type/id`` is a reference, ``*Type`` all objects of a type, ``?Type`` the one that the arguments describe. ``=text``
is made of arguments and of what the field requires, as in ``=10 {unit}``; ``turn`` counts mutations. ``!CODE text``
is an error. Mappings are objects without an id; ``__typename`` says which where their field does not. Only
what stands below ``$`` is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

ROOTS = ("Query", "Mutation", "Subscription")
_REFERENCE = re.compile(r"([A-Z]\w*)/([\w-]+)")


@dataclass(eq=False)
class Thing:
    """An object."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


class World:
    """All objects of a topic, and how often they were changed."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self.turn = 0
        self._things: dict[str, dict[str, Thing]] = {}
        for name, items in source.items():
            table = {"": items} if name in ROOTS else items
            self._things[name] = {str(key): self._thing(name, key, fields) for key, fields in table.items()}
        for table in self._things.values():
            for thing in table.values():
                thing.fields = {name: self._link(value) for name, value in thing.fields.items()}

    def _thing(self, name: str, key: str, fields: Mapping[str, Any]) -> Thing:
        return Thing(name, dict(fields) if name in ROOTS else {"id": str(key), **fields})

    def _link(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._link(item) for item in value]
        if isinstance(value, dict) and "$" in value:
            return value["$"]
        if isinstance(value, dict):
            fields = {name: self._link(item) for name, item in value.items() if name != "__typename"}
            return Thing(value.get("__typename", ""), fields)
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return self._things[found[1]][found[2]] if found else value

    def root(self, name: str) -> Thing:
        """The object of a root type."""
        return self._things.get(name, {}).get("", Thing(name))

    def all_of(self, name: str) -> Iterator[Thing]:
        """All objects of an object type."""
        return iter(self._things.get(name, {}).values())

    def value(self, thing: Thing, name: str, arguments: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
        """What a field holds. `given` are the fields that a text may be made of. Raises GraphQLError."""
        value = thing.fields.get(name)
        if not isinstance(value, str) or not value:
            return value
        mark, rest = value[0], value[1:]
        match mark:
            case "*":
                return list(self.all_of(rest))
            case "?":
                return next((item for item in self.all_of(rest) if _has(item, arguments)), None)
            case "=":
                return rest.format(**{**given, **arguments, "turn": self.turn})
            case "!":
                code, _, message = rest.partition(" ")
                raise GraphQLError(message, extensions={"code": code})
        return value


def _has(thing: Thing, arguments: Mapping[str, Any]) -> bool:
    return all(str(thing.fields.get(name)) == str(value) for name, value in arguments.items())
