"""What a cut says about fields, in the form in which servers and data ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Facts:
    """The facts of one federation.

    Attributes:
        requires: what a field is computed from.
        inputs: fields that others are computed from, at any depth of what they require.
        stricter: fields that some subgraph declares to be non-null, or of non-null items, and the API does not.
        excluded: by field, the object types that one of its subgraphs cannot give out there.
    """

    whole: Schema
    parts: Sequence[Part]
    schema: GraphQLSchema
    requires: dict[Coordinate, FieldSet] = field(default_factory=dict)
    inputs: set[Coordinate] = field(default_factory=set)
    stricter: set[Coordinate] = field(default_factory=set)
    excluded: dict[Coordinate, set[str]] = field(default_factory=dict)

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
                self.requires[coordinate] = parse_field_set(role.requires)
                self._note_inputs(object_name, self.requires[coordinate])
            if role.type is not None:
                self.stricter.add(coordinate)
            if not role.external:
                target = named(self.whole.by_name[object_name].field(name).type)
                gone = {member for abstract, member in part.left_out if abstract == target}
                self.excluded.setdefault(coordinate, set()).update(gone)

    def _note_inputs(self, type_name: str, fields: FieldSet) -> None:
        for item in fields:
            if isinstance(item, FieldSel):
                self.inputs.add((type_name, item.name))
                target = named(self.whole.by_name[type_name].field(item.name).type)
                for name in self.objects(target) if item.selections else ():
                    self._note_inputs(name, item.selections)
            else:
                self._note_inputs(item.type, item.selections)

    def arguments(self, type_name: str, item: FieldSel) -> Mapping[str, Any]:
        """What a field is given where a field set names it, defaults included."""
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
