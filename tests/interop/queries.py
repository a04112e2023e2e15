"""Operations that together ask for every field of an API: alone, with its siblings, and in trees."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_type,
    parse,
    type_from_ast,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Fielded = GraphQLObjectType | GraphQLInterfaceType

DEPTH = 4
LONGEST = 20_000
"""Characters of a tree's text; longer ones are left out, their fields being asked for by the other operations."""


@dataclass(frozen=True)
class Way:
    """From a root type down to a composite type.

    Attributes:
        opened: the selections so far, each of which is left open for a further one.
        variables: the definitions of the variables they use.
    """

    kind: OperationType
    end: Composite
    opened: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, GraphQLField]:
        """What can be asked for there."""
        return {} if isinstance(self.end, GraphQLUnionType) else self.end.fields

    def through(self, name: str, field: GraphQLField) -> Way:
        """One field further."""
        variables = [*self.variables]
        selection = _selection(name, field, variables)
        end = get_named_type(field.type)
        assert isinstance(end, Composite)
        return replace(self, end=end, opened=(*self.opened, selection), variables=tuple(variables))

    def on(self, end: Fielded) -> Way:
        """To the same place, for objects of one type."""
        return self if end is self.end else replace(self, end=end, opened=(*self.opened, f"... on {end.name}"))

    def operation(self, fields: dict[str, GraphQLField]) -> str:
        """The operation that asks for these fields there; of those that are no leaves, for their type."""
        variables = [*self.variables]
        asked = [
            _selection(name, field, variables)
            + (" { __typename }" if is_composite_type(get_named_type(field.type)) else "")
            for name, field in fields.items()
        ]
        body = " { ".join((*self.opened, " ".join(asked)))
        return f"{_head(self.kind, variables)} {{ {body}{' }' * len(self.opened)} }}"


def operations(schema: GraphQLSchema) -> Iterator[str]:
    """All that cover an API, each argument given by a variable: fields alone, together, and in trees."""
    yield from alone(schema)
    yield from together(schema)
    yield from trees(schema)


def alone(schema: GraphQLSchema) -> Iterator[str]:
    """For each field that leads to a type, each of the type's fields."""
    for place in _places(schema):
        yield from (place.operation({name: field}) for name, field in place.fields.items())


def together(schema: GraphQLSchema) -> Iterator[str]:
    """For each field that leads to a type, all of the type's fields at once."""
    for place in _places(schema):
        if len(place.fields) > 1 and (place.opened or place.kind is not OperationType.SUBSCRIPTION):
            yield place.operation(place.fields)


def trees(schema: GraphQLSchema) -> Iterator[str]:
    """For each root field, everything below it down to a depth."""
    for kind in OperationType:
        root = schema.get_root_type(kind)
        for name, field in root.fields.items() if root is not None else ():
            variables: list[str] = []
            tree = _tree(schema, name, field, DEPTH, variables)
            if len(tree) <= LONGEST:
                yield f"{_head(kind, variables)} {{ {tree} }}"


def _tree(schema: GraphQLSchema, name: str, field: GraphQLField, depth: int, variables: list[str]) -> str:
    selection = _selection(name, field, variables)
    end = get_named_type(field.type)
    if not isinstance(end, Composite):
        return selection
    parts = ["__typename"]
    for found in _fielded(schema, end) if depth > 1 else ():
        # Types that share a place may give one name different types, so only the first goes by its own name.
        prefix = "" if found is end else f"{found.name}_{{name}}: "
        fields = [
            prefix.format(name=inner) + _tree(schema, inner, definition, depth - 1, variables)
            for inner, definition in found.fields.items()
        ]
        parts.append(" ".join(fields) if found is end else f"... on {found.name} {{ {' '.join(fields)} }}")
    return f"{selection} {{ {' '.join(parts)} }}"


def values(schema: GraphQLSchema, operation: str, samples: Mapping[str, Any]) -> dict[str, Any]:
    """Values for an operation's variables.

    Args:
        samples: by the name of a scalar or an enum; what none is given for is null.
    """
    (definition,) = parse(operation).definitions
    assert isinstance(definition, OperationDefinitionNode)
    found = {}
    for variable in definition.variable_definitions or ():
        type_ = type_from_ast(schema, variable.type)
        assert type_ is not None and is_input_type(type_)
        found[variable.variable.name.value] = _value(type_, samples)
    return found


def _value(type_: GraphQLInputType, samples: Mapping[str, Any]) -> Any:
    nullable = get_nullable_type(type_)
    if isinstance(nullable, GraphQLList):
        return [_value(nullable.of_type, samples)]
    if isinstance(nullable, GraphQLInputObjectType):
        return {name: _value(field.type, samples) for name, field in nullable.fields.items()}
    return samples.get(str(nullable))


def _places(schema: GraphQLSchema) -> Iterator[Way]:
    """The ways, narrowed to each type with fields that there can be."""
    return (way.on(found) for way in _ways(schema) for found in _fielded(schema, way.end))


def _ways(schema: GraphQLSchema) -> Iterator[Way]:
    """The roots, and for each field that has fields the shortest way through it."""
    waiting = deque(Way(kind, root) for kind in OperationType if (root := schema.get_root_type(kind)) is not None)
    yield from waiting
    seen: set[GraphQLNamedType] = set()
    while waiting:
        way = waiting.popleft()
        for found in _fielded(schema, way.end):
            if found in seen:
                continue
            seen.add(found)
            for name, field in found.fields.items():
                if is_composite_type(get_named_type(field.type)):
                    further = way.on(found).through(name, field)
                    yield further
                    waiting.append(further)


def _fielded(schema: GraphQLSchema, end: Composite) -> Iterator[Fielded]:
    """The type itself where it has fields, and the types that its objects can have."""
    if not isinstance(end, GraphQLUnionType):
        yield end
    if not isinstance(end, GraphQLObjectType):
        yield from schema.get_possible_types(end)


def _selection(name: str, field: GraphQLField, variables: list[str]) -> str:
    """A field with a variable for every argument, whose definitions are added to `variables`."""
    given = []
    for argument, definition in field.args.items():
        given.append(f"{argument}: $v{len(variables)}")
        variables.append(f"$v{len(variables)}: {definition.type}")
    return name + (f"({', '.join(given)})" if given else "")


def _head(kind: OperationType, variables: Sequence[str]) -> str:
    return kind.value + (f" ({', '.join(variables)})" if variables else "")
