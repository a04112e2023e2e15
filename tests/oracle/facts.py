"""What a cut says about fields, in the form in which servers and data ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_argument_values,
    parse,
)

from gateway.supergraph.selection import FieldSel, FieldSet, parse_field_set
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import Kind, Schema, Type, named

Coordinate = tuple[str, str]

field_set = lru_cache(maxsize=10_000)(parse_field_set)
"""Field sets, each read once."""


@dataclass(frozen=True)
class Told:
    """What a contextual argument is given: of the nearest object above that is one of the setters, one leaf."""

    setters: frozenset[str]
    fields: FieldSet


@dataclass
class Facts:
    """The facts of one federation.

    Attributes:
        requires: what a field is computed from.
        inputs: fields that others are computed from, at any depth of what they require.
        contexts: a field's contextual arguments by name.
        stricter: fields that some subgraph declares to be non-null, or of non-null items, and the API does not.
        excluded: by field, the object types that one of its subgraphs cannot give out there.
    """

    whole: Schema
    parts: Sequence[Part]
    schema: GraphQLSchema
    requires: dict[Coordinate, FieldSet] = field(default_factory=dict)
    inputs: set[Coordinate] = field(default_factory=set)
    contexts: dict[Coordinate, dict[str, Told]] = field(default_factory=dict)
    stricter: set[Coordinate] = field(default_factory=set)
    excluded: dict[Coordinate, set[str]] = field(default_factory=dict)
    _arguments: dict[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, whole: Schema, parts: Sequence[Part], schema: GraphQLSchema) -> Facts:
        """Reads them from the roles that the parts have in each field."""
        found = cls(whole, parts, schema)
        for part in parts:
            for type_name, roles in part.roles.items():
                for name, role in roles.items():
                    found._note(part, type_name, name, role)
        return found

    def _note(self, part: Part, type_name: str, name: str, role: Role) -> None:
        for object_name in self.objects(type_name):
            coordinate = (object_name, name)
            if role.requires is not None:
                self.requires[coordinate] = field_set(role.requires)
                self._note_inputs(object_name, self.requires[coordinate])
            for argument, item in role.contextual.items():
                told = Told(self._setters(part, item.context), field_set(_inside(item.selection)))
                self.contexts.setdefault(coordinate, {})[argument] = told
                for setter in told.setters:
                    self._note_inputs(setter, told.fields)
            if role.type is not None:
                self.stricter.add(coordinate)
            if not role.external:
                target = named(self.whole.by_name[object_name].field(name).type)
                gone = {member for abstract, member in part.left_out if abstract == target}
                self.excluded.setdefault(coordinate, set()).update(gone)

    def _setters(self, part: Part, context: str) -> frozenset[str]:
        names = [name for name, contexts in part.contexts.items() if context in contexts]
        return frozenset(found for name in names for found in self.objects(name) if (name, found) not in part.left_out)

    def _note_inputs(self, type_name: str, fields: FieldSet) -> None:
        for item in fields:
            if isinstance(item, FieldSel):
                self.inputs.add((type_name, item.name))
                target = named(self.whole.by_name[type_name].field(item.name).type)
                for name in self.objects(target) if item.selections else ():
                    self._note_inputs(name, item.selections)
            elif type_name in self.objects(item.type):
                self._note_inputs(type_name, item.selections)

    def arguments(self, type_name: str, item: FieldSel) -> Mapping[str, Any]:
        """What a field is given where a field set names it, defaults included."""
        known = (type_name, item.name, item.arguments)
        if known not in self._arguments:
            self._arguments[known] = self._read_arguments(type_name, item)
        return self._arguments[known]

    def _read_arguments(self, type_name: str, item: FieldSel) -> Mapping[str, Any]:
        operation = parse("{" + item.name + item.arguments + "}").definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        node = operation.selection_set.selections[0]
        assert isinstance(node, FieldNode)
        owner = self.schema.get_type(type_name)
        assert isinstance(owner, GraphQLObjectType)
        return get_argument_values(owner.fields[item.name], node)

    def objects(self, name: str) -> list[str]:
        """The object types that a type can stand for."""
        found = self.whole.by_name.get(name)
        if found is None:
            return []
        match found.kind:
            case Kind.UNION:
                return list(found.members)
            case Kind.INTERFACE:
                return [each.name for each in self.whole.implementations(name)]
            case _:
                return [name]

    def possible(self, owner: Type, name: str) -> list[str]:
        """The object types that every subgraph of a field can give out for it."""
        target = named(owner.field(name).type)
        gone = self.excluded.get((owner.name, name), set())
        return [each for each in self.objects(target) if each not in gone]


def _inside(selection: str) -> str:
    """A context's selection as a field set: braces around single fields are left out."""
    return selection[1:-1] if selection.startswith("{") else selection
