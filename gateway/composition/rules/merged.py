"""What must hold of the merged schema: queries, implementations, interface keys, interface objects."""

from __future__ import annotations

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge, Source, names_of
from gateway.composition.model import Kind, TypeDef


def check_queries(merge: Merge) -> None:
    """There must be something to ask."""
    query = merge.schema.types.get("Query")
    if query is None or query.kind is not Kind.OBJECT or not query.fields:
        merge.report.error(
            ErrorCode.NO_QUERIES,
            "No subgraph has a query: the supergraph would have no root to start from.",
            coordinate="Query",
            help="Add a field to the Query type of one subgraph.",
        )


def check_implementations(merge: Merge) -> None:
    """Every implementation must have every field of its merged interfaces."""
    types = merge.schema.types
    for found in types.values():
        if found.kind not in (Kind.OBJECT, Kind.INTERFACE):
            continue
        for name in found.interfaces:
            interface = types.get(name)
            if interface is None or interface.kind is not Kind.INTERFACE:
                continue
            for field_name in interface.fields:
                if field_name not in found.fields:
                    _missing(merge, found, interface, field_name)


def _missing(merge: Merge, found: TypeDef, interface: TypeDef, field_name: str) -> None:
    owners = [
        Source(subgraph, declared)
        for subgraph in merge.subgraphs
        if (declared := subgraph.type(interface.name)) is not None and field_name in declared.fields
    ]
    holders = [
        (subgraph.name, declared.node)
        for subgraph in merge.subgraphs
        if (declared := subgraph.type(found.name)) is not None
    ]
    coordinate = f"{found.name}.{field_name}"
    merge.report.error(
        ErrorCode.INTERFACE_FIELD_NO_IMPLEM,
        f'"{interface.name}.{field_name}" of {names_of(owners)} has no implementation: "{found.name}"'
        " has no such field in any subgraph.",
        *((owner.subgraph.name, owner.element.fields[field_name].node) for owner in owners),
        *holders,
        coordinate=coordinate,
        help=f'Add "{field_name}" to "{found.name}" in one subgraph.',
    )


def check_interface_keys(merge: Merge) -> None:
    """A subgraph that resolves an interface by key must know all its implementations."""
    for found in merge.schema.types.values():
        if found.kind is not Kind.INTERFACE:
            continue
        everywhere: list[str] | None = None
        for source in merge.sources[found.name]:
            subgraph, declared = source.subgraph, source.element
            if declared.kind is not Kind.INTERFACE:
                continue
            keys = [key for key in declared.all("key") if key.is_true("resolvable")]
            if not keys:
                continue
            if everywhere is None:
                everywhere = merge.schema.possible(found.name)
            here = set(subgraph.schema.possible(found.name))
            missing = [name for name in everywhere if name not in here]
            if missing:
                merge.report.error(
                    ErrorCode.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE,
                    f'[{subgraph.name}] The interface "{found.name}" has a @key, but the subgraph lacks its'
                    f" implementations {', '.join(missing)}.",
                    (subgraph.name, keys[0].node),
                    coordinate=found.name,
                    help="Define them all in the subgraph, or make the key resolvable: false.",
                )


def check_interface_objects(merge: Merge) -> None:
    """An interface object needs its interface elsewhere and no implementations beside it."""
    for name in sorted(merge.interface_objects):
        merged = merge.schema.types.get(name)
        if merged is None:
            continue
        declaring = [(s, found) for s in merge.subgraphs if (found := s.type(name)) is not None]
        objects = [(s, found) for s, found in declaring if found.is_interface_object]
        if len(objects) == len(declaring):
            merge.report.error(
                ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
                f'"{name}" is an @interfaceObject in every subgraph that has it, and an interface nowhere.',
                *((s.name, found.node) for s, found in objects),
                coordinate=name,
                help=f'Define "interface {name}" with its implementations in one subgraph.',
            )
        for subgraph, _ in objects:
            beside = [other for other in merge.schema.possible(name) if subgraph.type(other) is not None]
            for other in beside:
                found = subgraph.schema.types[other]
                merge.report.error(
                    ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
                    f'[{subgraph.name}] "{other}" implements "{name}", which is an @interfaceObject here:'
                    " the two cannot be in one subgraph.",
                    (subgraph.name, found.node),
                    coordinate=other,
                )
