"""The schema that clients see: the supergraph without its machinery and without what is inaccessible."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
)

from gateway.supergraph.checked_schema import checked_schema
from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.features import read_features
from gateway.supergraph.reader import arguments_of

KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})

N = TypeVar("N", bound=Any)


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """Raises SupergraphError where the rest is no schema, or needs a feature that we must not ignore."""
    stripper = _Stripper(document)
    definitions = [kept for node in document.definitions if (kept := stripper.definition(node)) is not None]
    try:
        schema, errors = checked_schema(DocumentNode(definitions=tuple(definitions)))
    except (GraphQLError, TypeError, KeyError) as error:
        raise SupergraphError("INVALID_SUPERGRAPH", f"the supergraph holds no valid API schema: {error}") from error
    if errors:
        raise SupergraphError("INVALID_SUPERGRAPH", f"the API schema is not valid: {errors[0].message}")
    return schema


def _types(document: DocumentNode) -> Iterable[TypeDefinitionNode]:
    return (node for node in document.definitions if isinstance(node, TypeDefinitionNode))


class _Stripper:
    """Copies definitions without what clients do not see."""

    def __init__(self, document: DocumentNode) -> None:
        self._features = read_features(document)
        self._hidden = {node.name.value for node in _types(document) if self._is_inaccessible(node)}

    def definition(self, node: DefinitionNode) -> DefinitionNode | None:
        """The definition's visible part; None where nothing of it is."""
        if isinstance(node, SchemaDefinitionNode):
            return SchemaDefinitionNode(
                description=node.description, directives=(), operation_types=node.operation_types
            )
        if isinstance(node, DirectiveDefinitionNode):
            return None if self._features.owns_directive(node.name.value) else self._directive(node)
        if isinstance(node, TypeDefinitionNode):
            hidden = node.name.value in self._hidden or self._features.owns_type(node)
            return None if hidden else self._type(node)
        return None

    def _type(self, node: TypeDefinitionNode) -> TypeDefinitionNode:
        changes: dict[str, Any] = {"directives": _kept(node.directives)}
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            changes["interfaces"] = tuple(item for item in node.interfaces or () if item.name.value not in self._hidden)
            changes["fields"] = tuple(self._field(item) for item in self._visible(node.fields))
        elif isinstance(node, InputObjectTypeDefinitionNode):
            changes["fields"] = self._visible_kept(node.fields)
        elif isinstance(node, EnumTypeDefinitionNode):
            changes["values"] = self._visible_kept(node.values)
        elif isinstance(node, UnionTypeDefinitionNode):
            changes["types"] = tuple(item for item in node.types or () if item.name.value not in self._hidden)
        return _copy(node, **changes)

    def _field(self, node: FieldDefinitionNode) -> FieldDefinitionNode:
        from_context = _context_arguments(node)
        visible = self._visible_kept(node.arguments)
        arguments = tuple(item for item in visible if item.name.value not in from_context)
        return _copy(node, arguments=arguments, directives=_kept(node.directives))

    def _directive(self, node: DirectiveDefinitionNode) -> DirectiveDefinitionNode:
        return _copy(node, arguments=self._visible_kept(node.arguments))

    def _visible_kept(self, nodes: Iterable[N] | None) -> tuple[N, ...]:
        return tuple(_copy(item, directives=_kept(item.directives)) for item in self._visible(nodes))

    def _visible(self, nodes: Iterable[N] | None) -> list[N]:
        return [node for node in nodes or () if not self._is_inaccessible(node)]

    def _is_inaccessible(self, node: Any) -> bool:
        return any(self._features.means(item.name.value, "inaccessible") for item in node.directives or ())


def _context_arguments(node: FieldDefinitionNode) -> set[str]:
    """Arguments that the gateway fills in (`@fromContext`) are not the client's."""
    return {
        str(item["name"])
        for directive in node.directives or ()
        if directive.name.value == "join__field"
        for item in arguments_of(directive).get("contextArguments") or ()
    }


def _kept(directives: Iterable[Any] | None) -> tuple[Any, ...]:
    return tuple(item for item in directives or () if item.name.value in KEPT_DIRECTIVES)


def _copy(node: N, **changes: Any) -> N:
    values = {key: getattr(node, key) for key in node.keys}
    values.update(changes)
    return type(node)(**values)  # type: ignore[no-any-return]
