"""``@cost`` and ``@listSize``: https://specs.apollo.dev/cost/v0.1."""

from __future__ import annotations

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.applied import strings
from gateway.composition.model import Applied, FieldDef, Kind, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import item, named, nullable


def check_demand(subgraph: SubgraphSchema, report: Report) -> None:
    """Check every ``@cost`` and ``@listSize`` of a subgraph."""
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            coordinate = f"{found.name}.{entry.name}"
            if entry.has("cost") and (found.kind is Kind.INTERFACE or found.is_interface_object):
                report.error(
                    ErrorCode.COST_APPLIED_TO_INTERFACE_FIELD,
                    f'[{subgraph.name}] @cost cannot be on "{coordinate}": it is a field of an interface.',
                    (subgraph.name, entry.node),
                    coordinate=coordinate,
                    help="Put @cost on the fields of the implementations.",
                )
            for applied in entry.all("listSize"):
                for code, problem in _list_size_problems(subgraph, found, entry, applied):
                    report.error(
                        code,
                        f'[{subgraph.name}] @listSize on "{coordinate}": {problem}.',
                        (subgraph.name, applied.node),
                        coordinate=coordinate,
                    )


def _list_size_problems(
    subgraph: SubgraphSchema, found: TypeDef, entry: FieldDef, applied: Applied
) -> list[tuple[ErrorCode, str]]:
    result: list[tuple[ErrorCode, str]] = []
    sized = strings(applied.args.get("sizedFields"))
    if not sized and item(entry.type) is None:
        result.append((ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, f"the field returns {entry.type}, no list"))
    size = applied.number("assumedSize")
    if size is not None and size < 0:
        result.append((ErrorCode.LIST_SIZE_INVALID_ASSUMED_SIZE, f"the assumed size {size} is negative"))
    for name in strings(applied.args.get("slicingArguments")):
        argument = entry.args.get(name)
        if argument is None:
            result.append((ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, f'there is no argument "{name}"'))
        elif nullable(argument.type) != "Int":
            problem = f'the argument "{name}" is of type {argument.type}, not Int'
            result.append((ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT, problem))
    target = subgraph.type(named(entry.type))
    for name in sized:
        field = target.fields.get(name) if target is not None else None
        if field is None:
            problem = f'{named(entry.type)} has no field "{name}"'
            result.append((ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD, problem))
        elif item(field.type) is None:
            problem = f'the sized field "{name}" is of type {field.type}, no list'
            result.append((ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST, problem))
    return result
