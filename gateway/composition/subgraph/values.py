"""Whether constant values fit the types of the arguments they are given to.

graphql-core checks values in operations only; in SDL, nothing does. Rules: GraphQL specification,
"Input Coercion" of each kind, with one leniency kept for old schemas: a string may name an enum value.
"""

from __future__ import annotations

from graphql import (
    BooleanValueNode,
    ConstListValueNode,
    ConstValueNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueNode,
    FloatValueNode,
    InputValueDefinitionNode,
    IntValueNode,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    Visitor,
    print_ast,
    visit,
)

from gateway.composition.model import Kind, Schema, TypeDef
from gateway.composition.typerefs import item, named

_SCALARS: dict[str, tuple[type[ConstValueNode], ...]] = {
    "Int": (IntValueNode,),
    "Float": (IntValueNode, FloatValueNode),
    "String": (StringValueNode,),
    "Boolean": (BooleanValueNode,),
    "ID": (StringValueNode, IntValueNode),
}


def fits(value: ConstValueNode, ref: str, schema: Schema) -> bool:
    """Whether ``value`` can be coerced to the type ``ref``."""
    if ref.endswith("!"):
        return not isinstance(value, NullValueNode) and fits(value, ref[:-1], schema)
    if isinstance(value, NullValueNode):
        return True
    inner = item(ref)
    if inner is not None:
        if isinstance(value, ListValueNode):
            return all(fits(entry, inner, schema) for entry in value.values or ())
        return fits(value, inner, schema)
    scalar = _SCALARS.get(ref)
    if scalar is not None:
        return isinstance(value, scalar)
    found = schema.types.get(named(ref))
    return True if found is None else _fits_named(value, found, schema)


def _fits_named(value: ConstValueNode, found: TypeDef, schema: Schema) -> bool:
    if found.kind is Kind.ENUM:
        return isinstance(value, EnumValueNode | StringValueNode) and value.value in found.values
    if found.kind is Kind.INPUT:
        return isinstance(value, ObjectValueNode) and all(
            entry.name.value in found.inputs and fits(entry.value, found.inputs[entry.name.value].type, schema)
            for entry in value.fields or ()
        )
    return True


class _Coercion(Visitor):
    """Rewrites string defaults of inputs whose type is one of ``enums``."""

    def __init__(self, enums: set[str]) -> None:
        super().__init__()
        self.enums = enums

    def leave_input_value_definition(self, node: InputValueDefinitionNode, *_args: object) -> object:
        """Replace the definition where its default is a string that should be an enum value."""
        value = node.default_value
        if isinstance(value, StringValueNode | ListValueNode) and named(print_ast(node.type)) in self.enums:
            fields = {key: getattr(node, key) for key in node.keys}
            return InputValueDefinitionNode(**{**fields, "default_value": _as_enum(value)})
        return None


def coerce_enums(document: DocumentNode) -> DocumentNode:
    """Turn string defaults of enum-typed inputs into the enum values they name, as old servers print them."""
    enums = {node.name.value for node in document.definitions if isinstance(node, EnumTypeDefinitionNode)}
    if not any(_has_string_default(node, enums) for node in document.definitions):
        return document
    coerced = visit(document, _Coercion(enums))
    return coerced if isinstance(coerced, DocumentNode) else document


def _has_string_default(definition: Node, enums: set[str]) -> bool:
    nodes: list[Node] = [definition, *(getattr(definition, "fields", None) or ())]
    inputs = [node for node in nodes if isinstance(node, InputValueDefinitionNode)]
    inputs += [entry for node in nodes for entry in getattr(node, "arguments", None) or ()]
    return any(
        isinstance(entry, InputValueDefinitionNode)
        and isinstance(entry.default_value, StringValueNode | ListValueNode)
        and named(print_ast(entry.type)) in enums
        for entry in inputs
    )


def _as_enum(value: ConstValueNode) -> ConstValueNode:
    if isinstance(value, StringValueNode):
        return EnumValueNode(value=value.value, loc=value.loc)
    if isinstance(value, ListValueNode):
        return ConstListValueNode(values=tuple(_as_enum(entry) for entry in value.values or ()), loc=value.loc)
    return value
