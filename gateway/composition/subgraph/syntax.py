"""Parses a subgraph's SDL and checks it as GraphQL, federation's machinery filled in.

A subgraph need not define federation's directives, may extend types that others define, and may have
no query of its own; the document given to graphql-core's validation makes up for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    ExecutableDefinitionNode,
    GraphQLError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    parse,
)
from graphql.validation import KnownDirectivesRule
from graphql.validation.validate import validate_sdl

from gateway.composition.codes import ErrorCode
from gateway.composition.report import Report
from gateway.composition.subgraph.definitions import check_definition
from gateway.composition.subgraph.links import FEDERATION_SPEC, Links
from gateway.composition.subgraph.specs import FED1_DIRECTIVES, FED_SCALARS, SPECS, canonical, definition
from gateway.composition.subgraph.unknown import way_out
from gateway.supergraph.checked_schema import checked_schema

ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}

_LINK_SDL = "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA"
_CORE_SDL = "directive @core(feature: String!, as: String, for: core__Purpose) repeatable on SCHEMA"
_LINK_TYPES = "scalar link__Import enum link__Purpose { SECURITY EXECUTION } enum core__Purpose { SECURITY EXECUTION }"


def _only_definitions(subgraph: str, document: DocumentNode, report: Report) -> DocumentNode | None:
    """The document; None, and reported, where it holds what is sent to a server instead of what one serves."""
    executable = [node for node in document.definitions if isinstance(node, ExecutableDefinitionNode)]
    for node in executable:
        found = GraphQLError("An operation or fragment is no part of an SDL.", node)
        report.graphql_error(ErrorCode.INVALID_GRAPHQL, subgraph, found, "Remove it, or give the file with the SDL.")
    return None if executable else document


def parse_sdl(subgraph: str, sdl: str, report: Report) -> DocumentNode | None:
    """Parse, or report why it does not."""
    try:
        return _only_definitions(subgraph, parse(sdl), report)
    except GraphQLError as error:
        report.graphql_error(ErrorCode.INVALID_GRAPHQL, subgraph, error)
    except RecursionError:
        message = f"[{subgraph}] The schema is nested too deeply."
        report.error(ErrorCode.INVALID_GRAPHQL, message, (subgraph, None))
    return None


def root_names(document: DocumentNode) -> dict[str, str]:
    """Which type is which root: ``{"query": "RootQuery"}``, defaults filled in where they exist."""
    declared: dict[str, str] = {}
    explicit = False
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            explicit = explicit or bool(node.operation_types)
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            for operation in node.operation_types or ():
                declared[operation.operation.value] = operation.type.name.value
    if explicit:
        return declared
    names = {
        node.name.value
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    }
    for operation_name, default in ROOTS.items():
        if default in names:
            declared.setdefault(operation_name, default)
    return declared


def _renamed(name: str, local: str, keep: Callable[[str], bool] = lambda _: True) -> DirectiveDefinitionNode:
    node = definition(name)
    arguments = tuple(argument for argument in node.arguments or () if keep(argument.name.value))
    return DirectiveDefinitionNode(
        name=NameNode(value=local),
        arguments=arguments,
        repeatable=node.repeatable,
        locations=node.locations,
        description=None,
    )


def _narrowed(known: DirectiveDefinitionNode, given: DirectiveDefinitionNode) -> DirectiveDefinitionNode:
    """The known definition, with no more arguments, places and repetition than the subgraph itself declares."""
    declared = {argument.name.value for argument in given.arguments or ()}
    return DirectiveDefinitionNode(
        name=known.name,
        arguments=tuple(argument for argument in known.arguments or () if argument.name.value in declared),
        repeatable=given.repeatable,
        locations=given.locations,
        description=None,
    )


def federation_definitions(links: Links) -> dict[str, DirectiveDefinitionNode]:
    """The federation directives this subgraph may use, under its local names."""
    found: dict[str, DirectiveDefinitionNode] = {}
    federation = links.federation
    if federation is None:
        found.update({name: _renamed(name, name) for name in FED1_DIRECTIVES})
    else:
        version = federation.url.version or (2, 0)
        for spec in SPECS.values():
            if spec.since <= version:
                local = links.local_name(federation, f"@{spec.name}").removeprefix("@")
                old = spec.name == "override" and version < (2, 7)
                found[local] = _renamed(spec.name, local, (lambda a: a != "label") if old else (lambda _: True))
    for link in links.by_identity.values():
        for spec in SPECS.values():
            if spec.own_spec and link.url.identity == FEDERATION_SPEC.replace("federation", spec.own_spec):
                local = links.local_name(link, f"@{spec.name}").removeprefix("@")
                found.setdefault(local, _renamed(spec.name, local))
    return found


_BASES: dict[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
}


def _as_definition(node: TypeExtensionNode) -> TypeDefinitionNode:
    values: dict[str, Any] = {key: getattr(node, key, None) for key in node.keys}
    return _BASES[type(node)](description=None, **{k: v for k, v in values.items() if k != "description"})


def _with_bases(definitions: Iterable[DefinitionNode]) -> list[DefinitionNode]:
    """Make the first extension of a type that is not defined here its definition."""
    nodes = list(definitions)
    known = {node.name.value for node in nodes if isinstance(node, TypeDefinitionNode)}
    result: list[DefinitionNode] = []
    for node in nodes:
        if isinstance(node, TypeExtensionNode) and node.name.value not in known:
            known.add(node.name.value)
            result.append(_as_definition(node))
        else:
            result.append(node)
    return result


@lru_cache(maxsize=16)
def _link_machinery(names: tuple[str, ...]) -> tuple[DefinitionNode, ...]:
    """The link specification's definitions, with ``@link`` under these names, and federation's scalars."""
    link_sdl = " ".join(_LINK_SDL.replace("@link", f"@{name}") for name in names)
    extra = " ".join([link_sdl, _CORE_SDL, _LINK_TYPES, *(f"scalar {name}" for name in FED_SCALARS)])
    return parse(extra, no_location=True).definitions


def _complete(document: DocumentNode, subgraph: str, links: Links, report: Report) -> list[DefinitionNode]:
    machinery = federation_definitions(links)
    types = {n.name.value: n for n in document.definitions if isinstance(n, TypeDefinitionNode)}
    known_types = set(types)
    link_names = links.directive_names | {"core"}
    nodes: list[DefinitionNode] = []
    for node in document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            local = node.name.value
            if local in link_names:
                continue
            name = canonical(links, local)
            if name is not None:
                check_definition(subgraph, node, name, links, types, report)
                if node.arguments:
                    machinery[local] = _narrowed(_renamed(name, local), node)
                else:
                    machinery[local] = _renamed(name, local)
                continue
        nodes.append(node)
    nodes = _with_bases(nodes)
    nodes += machinery.values()
    for added in _link_machinery(tuple(sorted(links.directive_names))):
        if not (isinstance(added, TypeDefinitionNode) and added.name.value in known_types):
            nodes.append(added)
    return nodes


def _has_fields(nodes: list[DefinitionNode], name: str) -> bool:
    return any(
        node.name.value == name and bool(node.fields)
        for node in nodes
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    )


def _buildable(nodes: list[DefinitionNode], roots: dict[str, str]) -> DocumentNode:
    types = {node.name.value for node in nodes if isinstance(node, TypeDefinitionNode)}
    query = roots.get("query", "izara__Query")
    operations = {operation: name for operation, name in roots.items() if name in types}
    operations["query"] = query
    kept = [node for node in nodes if not isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)]
    text = "schema {" + " ".join(f"{operation}: {name}" for operation, name in operations.items()) + "}"
    if query not in types:
        text += f" type {query} {{ _: Boolean }}"
    elif not _has_fields(kept, query):
        text += f" extend type {query} {{ _: Boolean }}"
    return DocumentNode(definitions=(*kept, *parse(text, no_location=True).definitions))


def _graphql_errors(
    completed: DocumentNode, nodes: list[DefinitionNode], roots: dict[str, str]
) -> Sequence[GraphQLError]:
    """What graphql-core finds wrong, also where it raises instead of reporting."""
    try:
        errors = validate_sdl(completed)
        if not errors:
            _, errors = checked_schema(_buildable(nodes, roots))
    except (GraphQLError, TypeError, ValueError) as error:
        return [GraphQLError(str(error))]
    except RecursionError:
        return [GraphQLError("The schema is nested too deeply.")]
    return errors


_DEFINITIONS = (ErrorCode.DIRECTIVE_DEFINITION_INVALID, ErrorCode.TYPE_DEFINITION_INVALID)


def check_graphql(subgraph: str, document: DocumentNode, links: Links, report: Report) -> bool:
    """Report everything that is invalid GraphQL in a subgraph; True when nothing is.

    What other composers accept is accepted: empty roots, unused definitions of federation's types. Where the
    definition of a federation directive is wrong, its uses say nothing: only unknown directives count then.
    """
    nodes = _complete(document, subgraph, links, report)
    completed = DocumentNode(definitions=tuple(nodes))
    wrong = any(report.failed_in(subgraph, code) for code in _DEFINITIONS)
    if wrong:
        errors: Sequence[GraphQLError] = [
            e for e in validate_sdl(completed, rules=[KnownDirectivesRule]) if e.message.startswith("Unknown")
        ]
    else:
        errors = _graphql_errors(completed, nodes, root_names(document))
    for error in errors:
        report.graphql_error(ErrorCode.INVALID_GRAPHQL, subgraph, error, way_out(error, document, links))
    return not errors and not wrong
