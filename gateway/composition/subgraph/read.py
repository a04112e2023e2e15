"""Turns a parsed subgraph into the composer's model: local names resolved, roots renamed, machinery left out."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    StringValueNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)

from gateway.composition.model import (
    FEDERATION,
    Applied,
    DirectiveDef,
    Element,
    FieldDef,
    InputDef,
    Kind,
    Schema,
    TypeDef,
)
from gateway.composition.subgraph.links import CORE_SPEC, FEDERATION_SPEC, LINK_SPEC, Links, schema_directives
from gateway.composition.subgraph.specs import canonical
from gateway.composition.subgraph.syntax import ROOTS

_MACHINERY_TYPES = {"_Any", "_Entity", "_Service", "_FieldSet", "link__Import", "link__Purpose"}
_MACHINERY_FIELDS = {"_service", "_entities"}
_SUPERGRAPH_PREFIXES = ("join__", "link__")
"""What a supergraph calls its own types: a subgraph that has any was made of one."""

SCALAR_NAMES = frozenset({"Int", "Float", "String", "Boolean", "ID"})
"""The scalars that GraphQL itself has."""

_BUILT_IN_DIRECTIVES = {"skip", "include", "deprecated", "specifiedBy", "oneOf"}

_KINDS: dict[type, Kind] = {
    ObjectTypeDefinitionNode: Kind.OBJECT,
    ObjectTypeExtensionNode: Kind.OBJECT,
    InterfaceTypeDefinitionNode: Kind.INTERFACE,
    InterfaceTypeExtensionNode: Kind.INTERFACE,
    UnionTypeDefinitionNode: Kind.UNION,
    UnionTypeExtensionNode: Kind.UNION,
    EnumTypeDefinitionNode: Kind.ENUM,
    EnumTypeExtensionNode: Kind.ENUM,
    InputObjectTypeDefinitionNode: Kind.INPUT,
    InputObjectTypeExtensionNode: Kind.INPUT,
    ScalarTypeDefinitionNode: Kind.SCALAR,
    ScalarTypeExtensionNode: Kind.SCALAR,
}


def _description(node: StringValueNode | None) -> str | None:
    return node.value if node is not None else None


class _Reader:
    def __init__(self, links: Links, roots: dict[str, str]) -> None:
        self.links = links
        self.schema = Schema()
        self.renamed = {name: ROOTS[operation] for operation, name in roots.items()}
        self._names: dict[str, tuple[str, str | None]] = {}

    def directive_name(self, local: str) -> tuple[str, str | None]:
        """The canonical name and the specification of a directive's local name."""
        found = self._names.get(local)
        if found is None:
            name = canonical(self.links, local)
            found = (name, FEDERATION) if name is not None else (local, None)
            self._names[local] = found
        return found

    def directives(self, nodes: Iterable[ConstDirectiveNode] | None, extension: bool = False) -> list[Applied]:
        result: list[Applied] = []
        for node in nodes or ():
            name, spec = self.directive_name(node.name.value)
            args = {argument.name.value: argument.value for argument in node.arguments or ()}
            result.append(Applied(name, args, spec, node, extension))
        return result

    def type_ref(self, node: TypeNode) -> str:
        if isinstance(node, NonNullTypeNode):
            return f"{self.type_ref(node.type)}!"
        if isinstance(node, ListTypeNode):
            return f"[{self.type_ref(node.type)}]"
        name: str = node.name.value  # type: ignore[attr-defined]
        return self.renamed.get(name, name)

    def input(self, node: InputValueDefinitionNode) -> InputDef:
        return InputDef(
            node.name.value,
            _description(node.description),
            self.directives(node.directives),
            node,
            type=self.type_ref(node.type),
            default=node.default_value,
        )

    def field(self, node: FieldDefinitionNode, declaration: int) -> FieldDef:
        return FieldDef(
            node.name.value,
            _description(node.description),
            self.directives(node.directives),
            node,
            type=self.type_ref(node.type),
            args={argument.name.value: self.input(argument) for argument in node.arguments or ()},
            declaration=declaration,
        )

    def is_machinery(self, name: str) -> bool:
        if name in _MACHINERY_TYPES or name in SCALAR_NAMES or name.startswith(_SUPERGRAPH_PREFIXES):
            return True
        found = self.links.resolve(name)
        return found is not None and found[0].url.identity in (FEDERATION_SPEC, LINK_SPEC, CORE_SPEC)

    def type(self, node: object, declaration: int) -> None:
        local: str = node.name.value  # type: ignore[attr-defined]
        name = self.renamed.get(local, local)
        kind = _KINDS[type(node)]
        found = self.schema.types.get(name)
        if found is None:
            found = self.schema.types[name] = TypeDef(name, kind=kind)
        extension = isinstance(node, TypeExtensionNode)
        if extension:
            found.extended = True
        else:
            found.definition = declaration
            found.description = _description(node.description)  # type: ignore[attr-defined]
        if found.node is None or not extension:
            found.node = node  # type: ignore[assignment]
        applied = self.directives(node.directives, extension)  # type: ignore[attr-defined]
        found.directives += applied
        for directive in applied:
            directive.declaration = declaration
            if directive.spec == FEDERATION and directive.name == "shareable":
                found.shareable_declarations.add(declaration)
            if directive.spec == FEDERATION and directive.name == "external":
                found.external_declarations.add(declaration)
        self._children(node, found, declaration)

    def _children(self, node: object, found: TypeDef, declaration: int) -> None:
        match node:
            case (
                ObjectTypeDefinitionNode()
                | ObjectTypeExtensionNode()
                | InterfaceTypeDefinitionNode()
                | InterfaceTypeExtensionNode()
            ):
                for interface in node.interfaces or ():
                    if interface.name.value not in found.interfaces:
                        found.interfaces.append(interface.name.value)
                for child in node.fields or ():
                    if found.name != "Query" or child.name.value not in _MACHINERY_FIELDS:
                        found.fields[child.name.value] = self.field(child, declaration)
            case InputObjectTypeDefinitionNode() | InputObjectTypeExtensionNode():
                for entry in node.fields or ():
                    found.inputs[entry.name.value] = self.input(entry)
            case EnumTypeDefinitionNode() | EnumTypeExtensionNode():
                for value in node.values or ():
                    found.values[value.name.value] = Element(
                        value.name.value, _description(value.description), self.directives(value.directives), value
                    )
            case UnionTypeDefinitionNode() | UnionTypeExtensionNode():
                found.members += [m.name.value for m in node.types or () if m.name.value not in found.members]

    def directive(self, node: DirectiveDefinitionNode) -> None:
        local = node.name.value
        if local in _BUILT_IN_DIRECTIVES or local in self.links.directive_names or local == "core":
            return
        if self.directive_name(local)[1] is not None:
            return
        self.schema.directives[local] = DirectiveDef(
            local,
            _description(node.description),
            [],
            node,
            args={argument.name.value: self.input(argument) for argument in node.arguments or ()},
            locations=tuple(location.value for location in node.locations),
            repeatable=node.repeatable,
        )


def read_schema(document: DocumentNode, links: Links, roots: dict[str, str]) -> Schema:
    """Read a checked document: its types and directives, and what its schema element says."""
    reader = _Reader(links, roots)
    declarations: dict[str, int] = {}
    for node in document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            reader.directive(node)
        elif type(node) in _KINDS:
            name: str = node.name.value  # type: ignore[attr-defined]
            if reader.is_machinery(name):
                continue
            count = declarations[name] = declarations.get(name, -1) + 1
            reader.type(node, count)
        elif isinstance(node, SchemaDefinitionNode):
            reader.schema.element.node = node
            reader.schema.element.description = _description(node.description)
    reader.schema.element.directives = reader.directives(schema_directives(document))
    return reader.schema
