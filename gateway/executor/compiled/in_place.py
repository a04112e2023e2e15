"""Generates the code that finds data to be the client's answer already, as those of a single fetch mostly are.

For each selection one function that takes an object and returns nothing. It raises where the object's keys are not
the client's keys in the client's order, or a value is not what `ProjectionWriter`'s code would leave as it is, save
for IDs that are integers: those become strings where they stand. Looking costs half of what a copy costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.executor.compiled.leaves import wrong
from gateway.executor.compiled.shapes import shared
from gateway.executor.compiled.source import Source
from gateway.planner.nodes import OutputField, Selection

InPlace = Callable[[dict[str, Any]], None]


def can_be_in_place(selection: Selection) -> bool:
    """Whether data can look like the answer: not where fields depend on variables or are told by another key."""
    seen: set[int] = set()

    def possible(selection: Selection) -> bool:
        if id(selection) in seen:
            return True
        seen.add(id(selection))
        return selection.unknown is None and all(map(fields_possible, selection.by_type.values()))

    def fields_possible(fields: tuple[OutputField, ...]) -> bool:
        keys = {field.key for field in fields}
        return len(keys) == len(fields) > 0 and all(map(field_possible, fields))

    def field_possible(field: OutputField) -> bool:
        plain = not field.guards and not field.refused
        named_alike = field.name != "__typename" or field.key == "__typename"
        return plain and named_alike and (field.children is None or possible(field.children))

    return possible(selection)


class InPlaceWriter:
    """Writes the functions of one plan's output, which must be one that `can_be_in_place`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names: dict[int, str] = {}
        self._written: list[Selection] = []

    def selection(self, selection: Selection) -> str:
        """The name of the function for a selection."""
        known = self._names.get(id(selection))
        if known is not None:
            return known
        name = self._names[id(selection)] = f"same_{len(self._names)}"
        self._written.append(selection)  # Keeps it alive, so that its id stays its own.
        if selection.typename is not None:
            self._object(name, selection.by_type[selection.typename], selection.typename)
            return name
        by_type = shared(selection.by_type)
        for typename in dict.fromkeys(by_type.values()):
            self._object(f"{name}_{typename}", selection.by_type[typename], None)
        self._dispatch(name, by_type)
        return name

    def _dispatch(self, name: str, by_type: dict[str, str]) -> None:
        """`by_type`: for each type the one whose function is its own too."""
        source = self._source
        entries = ", ".join(f"{typename!r}: {name}_{first}" for typename, first in by_type.items())
        source.line(f"{name}_types = {{{entries}}}")
        with source.block(f"def {name}(o):"):
            source.line(f"{name}_types[o['__typename']](o)")
        source.line("")

    def _object(self, name: str, fields: tuple[OutputField, ...], typename: str | None) -> None:
        for field in fields:  # Written first: a function may only be called once it is defined.
            if field.children is not None and not _is_flat(field.children):
                self.selection(field.children)
        with self._source.block(f"def {name}(o):"):
            self._fields("o", fields, typename)
        self._source.line("")

    def _fields(self, item: str, fields: tuple[OutputField, ...], typename: str | None) -> None:
        """Looks at the object in the variable `item`; without a type's name, that has been looked at already."""
        source = self._source
        keys = source.constant("keys", [field.key for field in fields])
        with source.block(f"if [*{item}] != {keys}:"):
            source.line("raise Unusual")
        source.line(f"{''.join(f'{item}_{number}, ' for number in range(len(fields)))}= {item}.values()")
        for number, field in enumerate(fields):
            if field.name != "__typename":
                self._value(f"{item}_{number}", field, 0, item)
            elif typename is not None:
                with source.block(f"if {item}_{number} != {typename!r}:"):
                    source.line("raise Unusual")

    def _value(self, name: str, field: OutputField, depth: int, item: str) -> None:
        """Looks at the variable `name` by what is left of the field's wrappers; `item` is the object it is of."""
        source = self._source
        wrappers = field.type.wrappers
        required = depth < len(wrappers) and wrappers[depth] == "nonnull"
        depth += required
        if depth == len(wrappers) and field.children is None:
            self._leaf(name, field, required, item if depth == required else None)
            return
        with source.block(f"if type({name}) is {'dict' if depth == len(wrappers) else 'list'}:"):
            if depth == len(wrappers) and field.children is not None:
                self._below(name, field.children)
            else:
                with source.block(f"for {name}i in {name}:"):
                    self._value(f"{name}i", field, depth + 1, item)
        with source.block("else:" if required else f"elif {name} is not None:"):
            source.line("raise Unusual")

    def _below(self, name: str, selection: Selection) -> None:
        """An object of leaves is looked at where it stands: calls cost as much as all the rest of it."""
        if selection.typename is not None and _is_flat(selection):
            self._fields(name, selection.by_type[selection.typename], selection.typename)
        else:
            self._source.line(f"{self.selection(selection)}({name})")

    def _leaf(self, name: str, field: OutputField, required: bool, item: str | None) -> None:
        """`item` is the object where the value is not in a list."""
        source = self._source
        test = wrong(source, name, field.leaf, required)
        if not test:
            source.line("pass")
        elif field.leaf == "ID" and item is not None:
            with source.block(f"if type({name}) is int:"):
                source.line(f"{item}[{field.key!r}] = str({name})")
            with source.block(f"elif {test}:"):
                source.line("raise Unusual")
        else:
            with source.block(f"if {test}:"):
                source.line("raise Unusual")


def _is_flat(selection: Selection) -> bool:
    """Whether it is of one type, and all leaves."""
    if selection.typename is None:
        return False
    return all(field.children is None for field in selection.by_type[selection.typename])
