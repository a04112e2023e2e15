"""Types by the whole supergraph, whichever subgraph they come from."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.supergraph.model import Kind, Model, named_type


class TypeIndex:
    """Which object types a type can stand for, and where fields lead."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._possible: dict[str, frozenset[str]] = {}
        self._implementers: dict[str, set[str]] = {}
        for definition in model.types.values():
            if definition.kind is Kind.OBJECT:
                for names in definition.interfaces.values():
                    for name in names:
                        self._implementers.setdefault(name, set()).add(definition.name)

    def possible(self, name: str) -> frozenset[str]:
        if name not in self._possible:
            definition = self.model.types.get(name)
            found: Iterable[str] = (name,)
            if definition is not None and definition.kind is Kind.INTERFACE:
                found = self._implementers.get(name, ())
            elif definition is not None and definition.kind is Kind.UNION:
                found = (member for names in definition.members.values() for member in names)
            self._possible[name] = frozenset(found)
        return self._possible[name]

    def return_type(self, parent: str, field: str) -> str | None:
        """The field's named type where it is composite, else None."""
        definition = self.model.types[parent].fields.get(field)
        if definition is None:
            return None
        target = self.model.types.get(named_type(definition.type))
        return target.name if target is not None and target.is_composite else None
