"""``@external``: only on fields of objects, and only where something needs it."""

from __future__ import annotations

from gateway.composition.codes import ErrorCode
from gateway.composition.model import Kind
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema


def check_externals(subgraph: SubgraphSchema, report: Report) -> None:
    """Report external fields of interfaces, and those that nothing uses."""
    facts = subgraph.facts
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            coordinate = f"{found.name}.{entry.name}"
            place = (subgraph.name, entry.node)
            if found.kind is Kind.INTERFACE and (found.name, entry.name) in facts.external:
                report.error(
                    ErrorCode.EXTERNAL_ON_INTERFACE,
                    f'[{subgraph.name}] "{coordinate}" is a field of an interface and cannot be @external.',
                    place,
                    coordinate=coordinate,
                )
            if (found.name, entry.name) not in facts.external or (found.name, entry.name) in facts.used:
                continue
            report.error(
                ErrorCode.EXTERNAL_UNUSED,
                f'[{subgraph.name}] "{coordinate}" is @external, but no @key, @requires, @provides or'
                " interface of this subgraph needs it.",
                place,
                coordinate=coordinate,
                help="Remove the field, or its @external.",
            )
