"""Whether constant values fit the types of the arguments they are given to.

graphql-core checks values in operations only; in SDL, nothing does. Rules: GraphQL specification,
"Input Coercion" of each kind, with one leniency kept for old schemas: a string may name an enum value.
"""

from __future__ import annotations

from graphql import (
    BooleanValueNode,
    ConstValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
)

from gateway.composition.model import InputDef, Kind, Schema, TypeDef
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
            return all(fits(entry, inner, schema) for entry in value.values)
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
            for entry in value.fields
        )
    return True


def coerce_enums(definition: InputDef, schema: Schema) -> None:
    """Turn a string default of an enum-typed input into the enum value that it names."""
    found = schema.types.get(named(definition.type))
    if found is not None and found.kind is Kind.ENUM and definition.default is not None:
        definition.default = _as_enum(definition.default)


def _as_enum(value: ConstValueNode) -> ConstValueNode:
    if isinstance(value, StringValueNode):
        return EnumValueNode(value=value.value, loc=value.loc)
    if isinstance(value, ListValueNode):
        return ListValueNode(values=tuple(_as_enum(entry) for entry in value.values), loc=value.loc)
    return value
