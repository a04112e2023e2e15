"""Merges types, one function per kind, and the order in which they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import merge_applied, merge_description
from gateway.composition.merge.context import Merge, Source, names_of
from gateway.composition.merge.enums import merge_enum
from gateway.composition.merge.fields import merge_fields
from gateway.composition.merge.inputs import merge_input_type_fields
from gateway.composition.merge.joins import (
    directive,
    join_contexts,
    join_directives,
    join_implements,
    join_interface_object,
    join_type,
    quoted,
)
from gateway.composition.merge.sharing import check_sharing
from gateway.composition.model import Kind, TypeDef

TypeSources = Sequence[Source[TypeDef]]
ROOTS = ("Query", "Mutation", "Subscription")


def merge_types(merge: Merge) -> None:
    """Merge every type of every subgraph into ``merge.schema``."""
    sources = _collect(merge)
    for name, found in sources.items():
        kind = _merged_kind(merge, name, found)
        if kind is None:
            continue
        _check_base(merge, name, found)
        dest = merge.schema.types[name] = TypeDef(name, kind=kind)
        merge_description(merge, dest, found, name)
        merge_applied(merge, dest, found, name)
        join_type(merge, dest, found)
        join_directives(merge, dest, found)
        join_contexts(dest, found)
    for kind in (Kind.INTERFACE, Kind.OBJECT, Kind.UNION, Kind.INPUT, Kind.SCALAR):
        for dest in list(merge.schema.types.values()):
            if dest.kind is kind:
                _MERGERS[kind](merge, dest, sources[dest.name])
    _add_interface_object_fields(merge)
    for dest in merge.schema.types.values():
        if dest.kind is Kind.OBJECT:
            for name in dest.fields:
                check_sharing(merge, dest, name, sources[dest.name])


def merge_enums(merge: Merge) -> None:
    """Merge enums, once it is known how each is used."""
    sources = _collect(merge)
    for dest in merge.schema.types.values():
        if dest.kind is Kind.ENUM:
            merge_enum(merge, dest, sources[dest.name])


def _collect(merge: Merge) -> dict[str, list[Source[TypeDef]]]:
    sources: dict[str, list[Source[TypeDef]]] = {}
    for subgraph in merge.subgraphs:
        for found in subgraph.schema.types.values():
            sources.setdefault(found.name, []).append(Source(subgraph, found))
    return sources


def _merged_kind(merge: Merge, name: str, sources: TypeSources) -> Kind | None:
    kinds: dict[Kind, list[str]] = {}
    for source in sources:
        found = source.element
        kind = Kind.INTERFACE if found.is_interface_object else found.kind
        kinds.setdefault(kind, []).append(source.subgraph.name)
    if len(kinds) == 1:
        return next(iter(kinds))
    listed = ", ".join(f"{kind} in {' and '.join(names)}" for kind, names in kinds.items())
    merge.report.error(
        ErrorCode.TYPE_KIND_MISMATCH,
        f'"{name}" is of different kinds: {listed}.',
        *((s.subgraph.name, s.element.node) for s in sources),
        coordinate=name,
    )
    return None


def _check_base(merge: Merge, name: str, sources: TypeSources) -> None:
    if name in ROOTS or any(s.element.defined for s in sources):
        return
    if any(s.subgraph.is_fed1 for s in sources):
        return
    merge.report.error(
        ErrorCode.EXTENSION_WITH_NO_BASE,
        f'"{name}" is extended in {names_of(sources)}, but no subgraph defines it.',
        *((s.subgraph.name, s.element.node) for s in sources),
        coordinate=name,
        help="Remove `extend` in one of them.",
    )


def _merge_object(merge: Merge, dest: TypeDef, sources: TypeSources) -> None:
    dest.interfaces = list(dict.fromkeys(name for s in sources for name in s.element.interfaces))
    join_implements(merge, dest, sources)
    merge_fields(merge, dest, sources)
    _hint_missing_fields(merge, dest, sources)


def _hint_missing_fields(merge: Merge, dest: TypeDef, sources: TypeSources) -> None:
    keyed = [s for s in sources if s.element.has("key")]
    if dest.name in ROOTS:
        return
    if keyed:
        if len(keyed) < len(sources):
            merge.report.hint(
                HintCode.INCONSISTENT_ENTITY,
                f'"{dest.name}" is an entity only in {names_of(keyed)}.',
                coordinate=dest.name,
                subgraphs=[s.subgraph.name for s in keyed],
            )
        return
    code = (
        HintCode.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD
        if dest.kind is Kind.INTERFACE
        else HintCode.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD
    )
    for name in dest.fields:
        lacking = [s for s in sources if name not in s.element.fields]
        if lacking:
            merge.report.hint(
                code,
                f'"{dest.name}.{name}" does not exist in {names_of(lacking)}.',
                coordinate=f"{dest.name}.{name}",
                subgraphs=[s.subgraph.name for s in lacking],
            )


def _merge_union(merge: Merge, dest: TypeDef, sources: TypeSources) -> None:
    for source in sources:
        for member in source.element.members:
            if member not in dest.members:
                dest.members.append(member)
            graph = merge.graphs[source.subgraph.name]
            dest.join.append(directive("join__unionMember", graph=graph, member=quoted(member)))
    for member in dest.members:
        lacking = [s for s in sources if member not in s.element.members]
        if lacking:
            merge.report.hint(
                HintCode.INCONSISTENT_UNION_MEMBER,
                f'The union "{dest.name}" lacks its member "{member}" in {names_of(lacking)}.',
                coordinate=dest.name,
                subgraphs=[s.subgraph.name for s in lacking],
            )


def _merge_scalar(merge: Merge, dest: TypeDef, sources: TypeSources) -> None:
    """A scalar has nothing but its description and directives."""


def _add_interface_object_fields(merge: Merge) -> None:
    """Give implementations the fields that interface objects contribute to their interface."""
    for name in sorted(merge.interface_objects):
        interface = merge.schema.types.get(name)
        if interface is None:
            continue
        for dest in merge.schema.types.values():
            if dest.kind is not Kind.OBJECT or name not in dest.interfaces:
                continue
            for entry in interface.fields.values():
                if entry.name not in dest.fields and _contributed(merge, name, entry.name):
                    copied = replace(entry, directives=list(entry.directives), join=[])
                    join_interface_object(copied)
                    dest.fields[entry.name] = copied


def _contributed(merge: Merge, interface: str, field_name: str) -> bool:
    return any(
        (found := subgraph.type(interface)) is not None and found.is_interface_object and field_name in found.fields
        for subgraph in merge.subgraphs
    )


_MERGERS = {
    Kind.INTERFACE: _merge_object,
    Kind.OBJECT: _merge_object,
    Kind.UNION: _merge_union,
    Kind.INPUT: merge_input_type_fields,
    Kind.SCALAR: _merge_scalar,
}
