"""Generates the code that reads a client's answer out of the data: `Projector`, for answers that are as they should be.

For each selection one function that takes an object and returns a new one, with the client's keys in the client's
order. Whatever it does not like (an absent key, a wrong type, a null where none may be) makes it raise: then the
Projector has to look at the same data, because it can say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gateway.executor.compiled.flags import Flags
from gateway.executor.compiled.leaves import may_be_float, wrong
from gateway.executor.compiled.shapes import shared
from gateway.executor.compiled.source import Source
from gateway.planner.nodes import EnumValues, OutputField, Selection

Project = Callable[[dict[str, Any], tuple[bool, ...]], dict[str, Any]]


class Unusual(Exception):
    """The data are not what generated code is for."""


UNUSUAL: Final = (Unusual, KeyError, TypeError)
"""What generated code raises then: absent keys and values that cannot be hashed show as what Python makes of them."""


def none_or_unusual(value: object) -> None:
    """What stands in a list where an object should: null is fine."""
    if value is not None:
        raise Unusual


def unusual(_: object) -> None:
    """What stands in a list where an object should: not even null is fine."""
    raise Unusual


class ProjectionWriter:
    """Writes the functions of one plan's output.

    Attributes:
        takes_floats: whether any leaf may be a float, or is of a type that only its subgraph knows.
    """

    def __init__(self, source: Source, flags: Flags) -> None:
        self._source = source
        self._flags = flags
        self.takes_floats = False
        self._names: dict[int, str] = {}
        self._written: list[Selection] = []

    def selection(self, selection: Selection) -> str:
        """The name of the function for a selection."""
        known = self._names.get(id(selection))
        if known is not None:
            return known
        name = self._names[id(selection)] = f"object_{len(self._names)}"
        self._written.append(selection)  # Keeps it alive, so that its id stays its own.
        if selection.typename is not None:
            self._object(name, selection.by_type[selection.typename], selection.typename)
            return name
        by_type = shared(selection.by_type)
        for typename in dict.fromkeys(by_type.values()):
            self._object(f"{name}_{typename}", selection.by_type[typename], None)
        if selection.unknown is not None:
            self._object(f"{name}_unknown", selection.unknown, None)
        self._dispatch(name, by_type, selection.unknown is not None)
        return name

    def _dispatch(self, name: str, by_type: dict[str, str], shows_unknown: bool) -> None:
        """`by_type`: for each type the one whose function is its own too."""
        source = self._source
        entries = ", ".join(f"{typename!r}: {name}_{first}" for typename, first in by_type.items())
        source.line(f"{name}_types = {{{entries}}}")
        with source.block(f"def {name}(o, flags):"):
            source.line("t = o.get('__typename')")
            with source.block("if t is None:"):
                source.line(f"return {name}_unknown(o, flags)" if shows_unknown else "raise Unusual")
            source.line(f"return {name}_types[t](o, flags)")
        source.line("")

    def _object(self, name: str, fields: tuple[OutputField, ...], typename: str | None) -> None:
        below = [
            None if field.children is None or field.refused else self.selection(field.children) for field in fields
        ]  # Written first: a function may only be called once it is defined.
        source = self._source
        with source.block(f"def {name}(o, flags):"):
            simple = not any(field.guards for field in fields) and len({field.key for field in fields}) == len(fields)
            if simple:
                for number, field in enumerate(fields):
                    self._value(f"v{number}", field, typename, below[number])
                members = ", ".join(f"{field.key!r}: v{number}" for number, field in enumerate(fields))
                source.line(f"return {{{members}}}")
            else:
                source.line("r = {}")
                for number, field in enumerate(fields):
                    held = "".join(f"{self._flags.test(guard)} and " for guard in field.guards)
                    with source.block(f"if {held}{field.key!r} not in r:"):
                        self._value("v", field, typename, below[number])
                        source.line(f"r[{field.key!r}] = v")
                source.line("return r")
        source.line("")

    def _value(self, name: str, field: OutputField, typename: str | None, below: str | None) -> None:
        source = self._source
        if field.refused:
            travels = field.type.wrappers[:1] == ("nonnull",)
            source.line("raise Unusual" if travels else f"{name} = None")
            return
        if field.name == "__typename" and typename is not None:
            source.line(f"{name} = {typename!r}")
            return
        key = "__typename" if field.name == "__typename" else field.key
        source.line(f"{name} = o[{key!r}]")
        self._wrapped(name, field, 0, below)

    def _wrapped(self, name: str, field: OutputField, depth: int, below: str | None) -> None:
        """Checks and converts the variable `name` by what is left of the field's wrappers."""
        source = self._source
        wrappers = field.type.wrappers
        required = depth < len(wrappers) and wrappers[depth] == "nonnull"
        depth += required
        if depth < len(wrappers):
            with source.block(f"if type({name}) is list:"):
                self._items(name, field, depth + 1, below)
            self._otherwise(name, required)
        elif below is not None:
            with source.block(f"if type({name}) is dict:"):
                source.line(f"{name} = {below}({name}, flags)")
            self._otherwise(name, required)
        else:
            self._leaf(name, field.leaf, required)

    def _otherwise(self, name: str, required: bool) -> None:
        with self._source.block("else:" if required else f"elif {name} is not None:"):
            self._source.line("raise Unusual")

    def _items(self, name: str, field: OutputField, depth: int, below: str | None) -> None:
        source = self._source
        wrappers = field.type.wrappers
        required = depth < len(wrappers) and wrappers[depth] == "nonnull"
        if below is not None and depth + required == len(wrappers):
            other = "unusual" if required else "none_or_unusual"
            source.line(f"{name} = [{below}(i, flags) if type(i) is dict else {other}(i) for i in {name}]")
            return
        item = f"{name}i"
        source.line(f"{name}l = []")
        with source.block(f"for {item} in {name}:"):
            self._wrapped(item, field, depth, below)
            source.line(f"{name}l.append({item})")
        source.line(f"{name} = {name}l")

    def _leaf(self, name: str, leaf: str | EnumValues | None, required: bool) -> None:
        source = self._source
        self.takes_floats = self.takes_floats or may_be_float(leaf)
        test = wrong(source, name, leaf, required)
        if leaf == "ID":
            with source.block(f"if type({name}) is int:"):
                source.line(f"{name} = str({name})")
            with source.block(f"elif {test}:"):
                source.line("raise Unusual")
        elif test:
            with source.block(f"if {test}:"):
                source.line("raise Unusual")
