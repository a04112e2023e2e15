"""``@requires`` must be answerable by the merged schema: what it gives as arguments, others must take.

The field set was checked in its own subgraph; where others resolve its fields with other arguments, the
query that fetches them would be invalid.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSetError, Visit, parse_field_set, visits
from gateway.composition.merge.context import Merge
from gateway.composition.model import Applied, FieldDef, TypeDef
from gateway.composition.report import Place
from gateway.composition.subgraph.schema import SubgraphSchema


def check_requirements(merge: Merge) -> None:
    """Report required fields whose arguments do not fit the merged ones."""
    if "requires" not in merge.used:
        return
    for subgraph in merge.subgraphs:
        for found in subgraph.schema.types.values():
            for entry in found.fields.values():
                for applied in entry.all("requires"):
                    _check(merge, subgraph, found, entry, applied)


def _check(merge: Merge, subgraph: SubgraphSchema, found: TypeDef, entry: FieldDef, applied: Applied) -> None:
    try:
        selections = parse_field_set(applied.text("fields") or "")
    except FieldSetError:
        return
    coordinate = f"{found.name}.{entry.name}"
    for visit in visits(merge.schema, merge.schema.types.get(found.name), selections):
        for argument, problem in _problems(visit):
            where = f"{visit.parent.name}.{visit.field.name}"
            merge.report.error(
                ErrorCode.REQUIRES_INVALID_FIELDS,
                f'[{subgraph.name}] @requires(fields: "{applied.text("fields")}") on "{coordinate}": {problem}.',
                (subgraph.name, applied.node),
                *_elsewhere(merge, subgraph, visit),
                coordinate=coordinate,
                help=f'Declare "{where}" with the same argument "{argument}" in every subgraph.',
            )


def _problems(visit: Visit) -> Iterator[tuple[str, str]]:
    where = f'"{visit.parent.name}.{visit.field.name}"'
    given = {text.partition(":")[0] for text in visit.selection.arguments}
    for argument in visit.field.args.values():
        if argument.required and argument.name not in given:
            yield argument.name, f'{where} needs the argument "{argument.name}" in other subgraphs'
    for name in sorted(given - set(visit.field.args)):
        yield name, f'{where} has no argument "{name}" in other subgraphs'


def _elsewhere(merge: Merge, subgraph: SubgraphSchema, visit: Visit) -> Iterator[Place]:
    for source in merge.sources[visit.parent.name]:
        if source.subgraph is not subgraph and visit.field.name in source.element.fields:
            yield source.subgraph.name, source.element.fields[visit.field.name].node
