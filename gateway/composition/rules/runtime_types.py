"""A shared field must be able to return the same thing in every subgraph that resolves it."""

from __future__ import annotations

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.context import Merge, Source
from gateway.composition.merge.sharing import resolving
from gateway.composition.model import FieldDef, Kind, Schema
from gateway.composition.typerefs import named

_ABSTRACT = (Kind.INTERFACE, Kind.UNION)


def check_runtime_types(merge: Merge, api: Schema) -> None:
    """Report shared fields whose runtime types never meet; those that meet in part are a hint."""
    for found in merge.schema.types.values():
        sources = merge.sources[found.name]
        if found.kind is not Kind.OBJECT or len(sources) < 2:
            continue
        for entry in found.fields.values():
            target = api.types.get(named(entry.type))
            if target is None or target.kind not in _ABSTRACT:
                continue
            having = [source for source in sources if entry.name in source.element.fields]
            resolvers = [source for source, _ in resolving(merge, found, entry.name, having)]
            _check(merge, f"{found.name}.{entry.name}", resolvers, set(api.possible(target.name)))


def _check(merge: Merge, coordinate: str, resolvers: list[Source[FieldDef]], visible: set[str]) -> None:
    abstract = [s for s in resolvers if (t := s.subgraph.type(named(s.element.type))) and t.kind in _ABSTRACT]
    if len(abstract) < 2:
        return
    runtime = {s.subgraph.name: set(s.subgraph.schema.possible(named(s.element.type))) for s in resolvers}
    # An interface object stands for whatever its interface stands for.
    runtime = {name: types for name, types in runtime.items() if len(types) != 1 or types <= visible}
    common = visible.intersection(*runtime.values())
    if not any(runtime.values()) or len(set(map(frozenset, runtime.values()))) < 2:
        return
    shown = "; ".join(f'{", ".join(sorted(types)) or "none"} in "{name}"' for name, types in runtime.items())
    if common:
        merge.report.hint(
            HintCode.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN,
            f'The shared field "{coordinate}" can return different types: {shown}. Every subgraph must return'
            f" {', '.join(sorted(common))} only.",
            coordinate=coordinate,
            subgraphs=runtime,
        )
        return
    merge.report.error(
        ErrorCode.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES,
        f'The shared field "{coordinate}" can never return the same type: {shown}.',
        *(source.place for source in resolvers),
        coordinate=coordinate,
        help="Give the subgraphs a type in common, or resolve the field in one of them.",
    )
