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
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    validate_schema,
)

from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.reader import arguments_of, is_machinery

KNOWN_FEATURES = frozenset(
    {
        "link",
        "join",
        "core",
        "tag",
        "inaccessible",
        "cost",
        "authenticated",
        "requiresScopes",
        "policy",
        "context",
        "cacheTag",
    }
)
MACHINERY_DIRECTIVES = KNOWN_FEATURES | {"listSize", "fromContext"}
KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})

N = TypeVar("N", bound=Any)


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """Raises SupergraphError where the rest is no schema, or needs a feature that we must not ignore."""
    _refuse_unknown_features(document)
    hidden = {node.name.value for node in _types(document) if _is_inaccessible(node)}
    definitions = [
        kept for node in document.definitions for kept in (_strip_definition(node, hidden),) if kept is not None
    ]
    try:
        schema = build_ast_schema(DocumentNode(definitions=tuple(definitions)), assume_valid_sdl=True)
        errors = validate_schema(schema)
    except (GraphQLError, TypeError, KeyError) as error:
        raise SupergraphError("INVALID_SUPERGRAPH", f"the supergraph holds no valid API schema: {error}") from error
    if errors:
        raise SupergraphError("INVALID_SUPERGRAPH", f"the API schema is not valid: {errors[0].message}")
    return schema


def _types(document: DocumentNode) -> Iterable[TypeDefinitionNode]:
    return (node for node in document.definitions if isinstance(node, TypeDefinitionNode))


def _refuse_unknown_features(document: DocumentNode) -> None:
    """A feature `for: EXECUTION` or `SECURITY` changes what is right, so it may not be ignored."""
    for node in document.definitions:
        if not isinstance(node, SchemaDefinitionNode):
            continue
        for directive in node.directives or ():
            found = arguments_of(directive)
            url = str(found.get("url") or found.get("feature") or "")
            name = url.rstrip("/").rsplit("/", 2)[-2] if url.count("/") > 1 else url
            if found.get("for") and name not in KNOWN_FEATURES:
                raise SupergraphError(
                    "UNSUPPORTED_LINKED_FEATURE", f"the supergraph needs {url}, which is not supported"
                )


def _strip_definition(node: DefinitionNode, hidden: set[str]) -> DefinitionNode | None:
    if isinstance(node, SchemaDefinitionNode):
        return SchemaDefinitionNode(description=node.description, directives=(), operation_types=node.operation_types)
    if isinstance(node, DirectiveDefinitionNode):
        name = node.name.value
        return None if name in MACHINERY_DIRECTIVES or is_machinery(name) else _directive(node, hidden)
    if isinstance(node, TypeDefinitionNode):
        name = node.name.value
        return None if name in hidden or is_machinery(name) else _strip_type(node, hidden)
    return None


def _strip_type(node: TypeDefinitionNode, hidden: set[str]) -> TypeDefinitionNode:
    changes: dict[str, Any] = {"directives": _kept(node.directives)}
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        changes["interfaces"] = tuple(item for item in node.interfaces or () if item.name.value not in hidden)
        changes["fields"] = tuple(_field(item) for item in _visible(node.fields))
    elif isinstance(node, InputObjectTypeDefinitionNode):
        changes["fields"] = tuple(_copy(item, directives=_kept(item.directives)) for item in _visible(node.fields))
    elif isinstance(node, EnumTypeDefinitionNode):
        changes["values"] = tuple(_copy(item, directives=_kept(item.directives)) for item in _visible(node.values))
    elif isinstance(node, UnionTypeDefinitionNode):
        changes["types"] = tuple(item for item in node.types or () if item.name.value not in hidden)
    return _copy(node, **changes)


def _field(node: FieldDefinitionNode) -> FieldDefinitionNode:
    from_context = _context_arguments(node)
    arguments = tuple(
        _copy(item, directives=_kept(item.directives))
        for item in _visible(node.arguments)
        if item.name.value not in from_context
    )
    return _copy(node, arguments=arguments, directives=_kept(node.directives))


def _context_arguments(node: FieldDefinitionNode) -> set[str]:
    """Arguments that the gateway fills in (`@fromContext`) are not the client's."""
    return {
        str(item["name"])
        for directive in node.directives or ()
        if directive.name.value == "join__field"
        for item in arguments_of(directive).get("contextArguments") or ()
    }


def _directive(node: DirectiveDefinitionNode, hidden: set[str]) -> DirectiveDefinitionNode:
    arguments: tuple[InputValueDefinitionNode, ...] = tuple(
        _copy(item, directives=_kept(item.directives)) for item in _visible(node.arguments)
    )
    return _copy(node, arguments=arguments)


def _visible(nodes: Iterable[N] | None) -> list[N]:
    return [node for node in nodes or () if not _is_inaccessible(node)]


def _is_inaccessible(node: Any) -> bool:
    return any(item.name.value in ("inaccessible", "core__inaccessible") for item in node.directives or ())


def _kept(directives: Iterable[Any] | None) -> tuple[Any, ...]:
    return tuple(item for item in directives or () if item.name.value in KEPT_DIRECTIVES)


def _copy(node: N, **changes: Any) -> N:
    values = {key: getattr(node, key) for key in node.keys}
    values.update(changes)
    return type(node)(**values)  # type: ignore[no-any-return]
