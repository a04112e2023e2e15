"""The answer's shape: which fields each runtime type shows, by the API schema, in the client's order."""

from __future__ import annotations

from typing import Literal

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    specified_scalar_types,
)

from gateway.planner.introspect import META_FIELDS
from gateway.planner.nodes import EnumValues, OutputField, Selection, TypeRef
from gateway.planner.operation import Guards, OpField, OpSelection
from gateway.supergraph.model import Model

TYPENAME = TypeRef("String", ("nonnull",))
SCHEMA = TypeRef("__Schema", ("nonnull",))
TYPE = TypeRef("__Type", ())


class OutputBuilder:
    """Builds the output of one operation; equal selections share one value."""

    def __init__(self, schema: GraphQLSchema, model: Model) -> None:
        self._schema = schema
        self._model = model
        self._built: dict[OpSelection, Selection] = {}

    def selection(self, selection: OpSelection) -> Selection:
        if selection not in self._built:
            self._built[selection] = self._build(selection)
        return self._built[selection]

    def _build(self, selection: OpSelection) -> Selection:
        named = self._schema.get_type(selection.type)
        if isinstance(named, GraphQLObjectType):
            return Selection(named.name, {named.name: self._fields(named, selection.shown_for(named.name))})
        by_type: dict[str, tuple[OutputField, ...]] = {}
        unknown: tuple[OutputField, ...] | None = None
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            for possible in self._schema.get_possible_types(named):
                by_type[possible.name] = self._fields(possible, selection.shown_for(possible.name))
            common = self._of_any(named, selection)
            if not selection.narrowed_types() and all(field.name != "__typename" for field, _ in common):
                unknown = self._fields(named, common)
        return Selection(None, by_type, unknown)

    def _of_any(
        self, named: GraphQLInterfaceType | GraphQLUnionType, selection: OpSelection
    ) -> list[tuple[OpField, Guards]]:
        """The common fields, but for those that only the types' own fields show: the abstract one's is inaccessible."""
        known = named.fields if isinstance(named, GraphQLInterfaceType) else {}
        return [item for item in selection.shown_of_any() if item[0].name in known or item[0].name == "__typename"]

    def _fields(
        self, parent: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType, fields: list[tuple[OpField, Guards]]
    ) -> tuple[OutputField, ...]:
        return tuple(self._field(parent, field, guards) for field, guards in fields)

    def _field(
        self, parent: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType, field: OpField, guards: Guards
    ) -> OutputField:
        key = field.key or field.name
        if field.name == "__typename":
            return OutputField(key, field.name, parent.name, TYPENAME, guards, "String", None)
        if parent is self._schema.query_type and field.name in META_FIELDS:
            # The schema answers in the client's own shape, and correctly: there is nothing to pick or to check.
            reference = SCHEMA if field.name == "__schema" else TYPE
            return OutputField(key, field.name, parent.name, reference, guards, None, None)
        assert not isinstance(parent, GraphQLUnionType), "a union has no fields of its own"
        definition: GraphQLField = parent.fields[field.name]
        wrappers: list[Literal["list", "nonnull"]] = []
        named: GraphQLOutputType = definition.type
        while isinstance(named, GraphQLNonNull | GraphQLList):
            wrappers.append("nonnull" if isinstance(named, GraphQLNonNull) else "list")
            named = named.of_type
        leaf: str | EnumValues | None = None
        if isinstance(named, GraphQLEnumType):
            leaf = EnumValues(frozenset(named.values), self._model.types[named.name].values)
        elif isinstance(named, GraphQLScalarType) and named.name in specified_scalar_types:
            leaf = named.name
        children = self.selection(field.children) if field.children is not None else None
        reference = TypeRef(named.name, tuple(wrappers))
        return OutputField(key, field.name, parent.name, reference, guards, leaf, children, field.refused)
