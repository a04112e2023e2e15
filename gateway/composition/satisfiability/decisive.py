"""Which types decide where an object, and each of its fields, can be read: what answers about them hang on.

They are those whose definitions ``Moves`` and ``Reach`` look at: the type itself, its interfaces (whose interface
objects may stand for it), and whatever the nested fields of keys and requirements lead through. Of the types
that its fields return, it only matters whether they are composite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.composition.memo import Same
from gateway.supergraph.graph import MoveGraph
from gateway.supergraph.model import FieldDef, Kind, Model, TypeDef, named_type
from gateway.supergraph.selection import FieldSel, FieldSet

Decisive = tuple[Same, frozenset[str]]
"""The definitions, in order, and which of the types returned are composite."""


class DecisiveTypes:
    """The decisive types of one model. Definitions that are the same objects say the same."""

    def __init__(self, graph: MoveGraph) -> None:
        self._model: Model = graph.model
        self._objects: dict[str, list[str]] = {}
        self._found: dict[str, Decisive] = {}
        for definition in self._model.types.values():
            if definition.kind is Kind.OBJECT:
                for interface in {name for names in definition.interfaces.values() for name in names}:
                    self._objects.setdefault(interface, []).append(definition.name)

    def of(self, name: str) -> Decisive:
        """What decides on objects of this type."""
        if name not in self._found:
            self._found[name] = self._collect(name)
        return self._found[name]

    def _collect(self, name: str) -> Decisive:
        types = self._model.types
        seen: dict[str, TypeDef | None] = {}
        waiting = [name]
        returned: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            definition = seen[name] = types.get(name)
            if definition is None:
                continue
            waiting += self._behind(definition)
            for part in (definition, *self._interfaces(definition)):
                seen.setdefault(f"implemented {part.name}", part)
                waiting += self._nested(part)
                returned.update(target for entry in part.fields.values() for target in _targets(entry))
        composite = frozenset(name for name in returned if name in types and types[name].is_composite)
        return Same(*seen.values()), composite

    def _interfaces(self, definition: TypeDef) -> Iterator[TypeDef]:
        names = {name for names in definition.interfaces.values() for name in names}
        return (self._model.types[name] for name in sorted(names) if name in self._model.types)

    def _behind(self, definition: TypeDef) -> list[str]:
        """The object types of an abstract one."""
        if definition.kind is Kind.UNION:
            return sorted({name for names in definition.members.values() for name in names})
        return self._objects.get(definition.name, []) if definition.kind is Kind.INTERFACE else []

    def _nested(self, definition: TypeDef) -> Iterator[str]:
        """The types that the keys of a type and the requirements of its fields lead through."""
        for join in definition.joins.values():
            for key in join.keys:
                yield from self._through(definition, key.fields)
        for entry in definition.fields.values():
            for field_join in entry.joins:
                yield from self._through(definition, field_join.requires)

    def _through(self, parent: TypeDef, fields: FieldSet) -> Iterator[str]:
        for item in fields:
            if not item.selections:
                continue
            below: Iterable[str] = [item.type] if not isinstance(item, FieldSel) else self._returned(parent, item.name)
            for name in below:
                yield name
                definition = self._model.types.get(name)
                if definition is not None:
                    for inner in [definition, *(self._model.types[one] for one in self._behind(definition))]:
                        yield from self._through(inner, item.selections)

    def _returned(self, parent: TypeDef, name: str) -> Iterable[str]:
        entry = parent.fields.get(name)
        return _targets(entry) if entry is not None else ()


def _targets(entry: FieldDef) -> set[str]:
    return {named_type(entry.type), *(named_type(join.type) for join in entry.joins if join.type is not None)}
