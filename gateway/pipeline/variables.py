"""Stage 6: the client's variables against the operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    NullValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    value_from_ast_untyped,
    visit,
)
from graphql.execution.values import get_variable_values

from gateway.pipeline.errors import BadVariables

_MOST_ERRORS = 20
_LARGE: Final = 1_000

_ABSENT: Final = object()
_COMPOSITE: Final = (dict, list)

_PLAIN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "Boolean": lambda value: type(value) is bool,
    "Float": lambda value: type(value) is float,
}
"""What is valid at a glance; what is not may be valid all the same."""


def read_variables(
    schema: GraphQLSchema,
    definitions: Sequence[VariableDefinitionNode] | None,
    given: Mapping[str, Any],
    introspection: bool,
) -> dict[str, Any]:
    """Checks values, drops what the operation does not declare, fills in its defaults. Raises BadVariables.

    Values stay as the client sent them: their subgraph knows its scalars better than the gateway does.
    """
    if not definitions:
        return {}
    values = get_variable_values(schema, definitions, dict(given), _MOST_ERRORS, not introspection)
    if isinstance(values, list):
        raise BadVariables(values)
    return {name: given.get(name, value) for name, value in values.coerced.items()}


def deciding(
    document: DocumentNode, definitions: Sequence[VariableDefinitionNode]
) -> tuple[VariableDefinitionNode, ...]:
    """Those variables that may be null by their type, and not where `@skip` or `@include` takes them.

    A default makes them valid there (GraphQL, All Variable Usages Are Allowed); a null must be refused at runtime.
    """
    nullable = {
        node.variable.name.value: node
        for node in definitions
        if isinstance(node.type, NamedTypeNode)
        and node.type.name.value == "Boolean"
        and not isinstance(node.default_value, NullValueNode | None)
    }
    if not nullable:
        return ()
    used = _Conditions()
    visit(document, used)
    return tuple(node for name, node in nullable.items() if name in used.names)


class _Conditions(Visitor):
    """Collects the variables of all `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            given = (argument.value for argument in node.arguments or ())
            self.names.update(value.name.value for value in given if isinstance(value, VariableNode))


def are_large(variables: Mapping[str, Any]) -> bool:
    """Whether there is so much in them that to read it takes more than a moment."""
    left = _LARGE
    waiting: list[Any] = [variables]
    while waiting:
        inner = waiting.pop()
        left -= len(inner)
        if left < 0:
            return True
        for value in inner.values() if isinstance(inner, dict) else inner:
            if isinstance(value, _COMPOSITE):
                waiting.append(value)
    return False


class VariableReader:
    """`read_variables` for one operation: usual values of built-in scalars are known at a glance.

    Args:
        deciding: variables that must not be null although their types allow it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        definitions: Sequence[VariableDefinitionNode],
        introspection: bool,
        deciding: Sequence[VariableDefinitionNode] = (),
    ) -> None:
        self._deciding = deciding
        self._schema = schema
        self._definitions = definitions
        self._introspection = introspection
        self._simple = [_Simple.of(node) for node in definitions]

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises BadVariables."""
        for node in self._deciding:
            name = node.variable.name.value
            if given.get(name, _ABSENT) is None:
                message = f"Variable '${name}' must not be null: @skip or @include decides by it."
                raise BadVariables([GraphQLError(message, node)])
        found: dict[str, Any] = {}
        for simple in self._simple:
            if simple is None or not simple.read(given, found):
                return read_variables(self._schema, self._definitions, given, self._introspection)
        return found


class _Simple:
    """A variable of a built-in scalar type."""

    __slots__ = ("_default", "_fits", "_name", "_required")

    def __init__(self, name: str, fits: Callable[[Any], bool], required: bool, default: Any) -> None:
        self._name = name
        self._fits = fits
        self._required = required
        self._default = default

    @classmethod
    def of(cls, node: VariableDefinitionNode) -> _Simple | None:
        """None where the type is another."""
        required = isinstance(node.type, NonNullTypeNode)
        named = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
        fits = _PLAIN.get(named.name.value) if isinstance(named, NamedTypeNode) else None
        if fits is None:
            return None
        default = _ABSENT if node.default_value is None else value_from_ast_untyped(node.default_value)
        if default is not _ABSENT and not fits(default):
            return None
        return cls(node.variable.name.value, fits, required, default)

    def read(self, given: Mapping[str, Any], found: dict[str, Any]) -> bool:
        """Adds the variable's value to `found`; False where that takes a closer look."""
        value = given.get(self._name, _ABSENT)
        if value is _ABSENT:
            if self._default is not _ABSENT:
                found[self._name] = self._default
                return True
            return not self._required
        if self._required if value is None else not self._fits(value):
            return False
        found[self._name] = value
        return True
