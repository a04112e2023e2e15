"""Which types decide where an object, and each of its fields, can be read: what answers about them hang on.

They are those whose definitions ``Moves`` and ``Reach`` look at: the type itself, its interfaces (whose interface
objects may stand for it), and whatever the nested fields of keys and requirements lead through. Of the types
that its fields return, it only matters whether they are composite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from gateway.composition.memo import Memo, Same
from gateway.supergraph.model import FieldDef, Kind, Model, TypeDef, named_type
from gateway.supergraph.selection import FieldSel, FieldSet

Returned = Memo[Same, frozenset[str]]
"""The types that the fields of a definition return, by the definition."""


@dataclass(frozen=True, slots=True, eq=False)
class Decisive:
    """What decides on the objects of one type.

    Attributes:
        names: all types whose definitions were looked at, or looked for.
        returned: the types that fields return, of which it matters whether they are composite.
        answers: the definitions found, in order, and which of the types returned are composite.
    """

    names: frozenset[str]
    returned: frozenset[str]
    answers: tuple[Same, frozenset[str]]


class DecisiveTypes:
    """The decisive types of one model, those of ``before`` where the types that they hang on are the same objects."""

    def __init__(self, model: Model, before: DecisiveTypes | None = None) -> None:
        self._model = model
        self._returned_by: Returned = before._returned_by if before is not None else Memo()
        self._before = before._found if before is not None else {}
        self._touched, self._turned = _differences(before._model if before is not None else model, model)
        self._objects: dict[str, list[str]] = {}
        self._found: dict[str, Decisive] = {}
        for definition in model.types.values():
            if definition.kind is Kind.OBJECT:
                for interface in _interfaces_of(definition):
                    self._objects.setdefault(interface, []).append(definition.name)

    def of(self, name: str) -> Decisive:
        """What decides on objects of this type."""
        if name not in self._found:
            known = self._before.get(name)
            self._found[name] = known if known is not None and self._holds(known) else self._collect(name)
        return self._found[name]

    def _holds(self, known: Decisive) -> bool:
        return known.names.isdisjoint(self._touched) and known.returned.isdisjoint(self._turned)

    def end(self) -> None:
        """All has been asked that this model gives rise to."""
        self._before = {}
        self._returned_by.turn()

    def _collect(self, name: str) -> Decisive:
        types = self._model.types
        seen: dict[str, TypeDef | None] = {}
        above: dict[str, TypeDef] = {}
        waiting = [name]
        returned: frozenset[str] = frozenset()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            definition = seen[name] = types.get(name)
            if definition is None:
                continue
            waiting += self._behind(definition)
            for part in (definition, *self._interfaces(definition)):
                above.setdefault(part.name, part)
                waiting += self._nested(part)
                returned |= self._returned_by.get(Same(part), partial(_all_targets, part))
        composite = frozenset(name for name in returned if name in types and types[name].is_composite)
        names = frozenset(seen).union(above, *(_interfaces_of(part) for part in above.values()))
        return Decisive(names, returned, (Same(*seen.values(), *above.values()), composite))

    def _interfaces(self, definition: TypeDef) -> Iterator[TypeDef]:
        return (self._model.types[name] for name in sorted(_interfaces_of(definition)) if name in self._model.types)

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


def _all_targets(definition: TypeDef) -> frozenset[str]:
    return frozenset(target for entry in definition.fields.values() for target in _targets(entry))


def _interfaces_of(definition: TypeDef) -> set[str]:
    return {name for names in definition.interfaces.values() for name in names}


def _differences(before: Model, after: Model) -> tuple[frozenset[str], frozenset[str]]:
    """The types whose definitions differ, with the interfaces whose objects may, and those that became composite
    or ceased to be."""
    touched: set[str] = set()
    turned: set[str] = set()
    for name in before.types.keys() | after.types.keys():
        old, new = before.types.get(name), after.types.get(name)
        if old is new:
            continue
        touched.add(name)
        for definition in (old, new):
            touched |= _interfaces_of(definition) if definition is not None else set()
        if (old is not None and old.is_composite) != (new is not None and new.is_composite):
            turned.add(name)
    return frozenset(touched), frozenset(turned)
