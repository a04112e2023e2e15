"""A composed directive's definition must allow every place where it is applied."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import Element, Kind, Schema

_PLACES = {
    Kind.OBJECT: "OBJECT",
    Kind.INTERFACE: "INTERFACE",
    Kind.UNION: "UNION",
    Kind.ENUM: "ENUM",
    Kind.INPUT: "INPUT_OBJECT",
    Kind.SCALAR: "SCALAR",
}


def check_composed_places(merge: Merge) -> None:
    """Report applications of composed directives outside the locations of the definition that won."""
    if not any(spec is None for spec, _ in merge.composed):
        return
    for coordinate, place, element in _elements(merge.schema):
        for applied in element.directives:
            definition = merge.schema.directives.get(applied.name)
            if applied.spec is None and definition is not None and place not in definition.locations:
                merge.report.error(
                    ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
                    f'@{applied.name} is applied to "{coordinate}", but its composed definition does not'
                    f" allow {place}.",
                    coordinate=coordinate,
                    help="Give the directive the same locations in every subgraph that composes it.",
                )


def _elements(schema: Schema) -> Iterator[tuple[str, str, Element]]:
    yield "schema", "SCHEMA", schema.element
    for found in schema.types.values():
        yield found.name, _PLACES[found.kind], found
        for value in found.values.values():
            yield f"{found.name}.{value.name}", "ENUM_VALUE", value
        for entry in found.inputs.values():
            yield f"{found.name}.{entry.name}", "INPUT_FIELD_DEFINITION", entry
        for field in found.fields.values():
            yield f"{found.name}.{field.name}", "FIELD_DEFINITION", field
            for argument in field.args.values():
                yield f"{found.name}.{field.name}({argument.name}:)", "ARGUMENT_DEFINITION", argument
