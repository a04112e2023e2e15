"""Merges a type, by one function per kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import merge_applied, merge_description
from gateway.composition.merge.context import Merge, Source, names_of
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
from gateway.composition.model import Kind, TypeDef

TypeSources = Sequence[Source[TypeDef]]
ROOTS = ("Query", "Mutation", "Subscription")


def merge_type(merge: Merge, name: str, sources: TypeSources) -> TypeDef:
    """Merge one type, an enum without its values; where the kinds differ, the declarations of the first."""
    kind = _merged_kind(merge, name, sources)
    sources = of_kind(sources, kind)
    _check_base(merge, name, sources)
    dest = TypeDef(name, kind=kind)
    merge_description(merge, dest, sources, name)
    merge_applied(merge, dest, sources, name)
    join_type(merge, dest, sources)
    join_directives(merge, dest, sources)
    join_contexts(dest, sources)
    merger = _MERGERS.get(kind)
    if merger is not None:
        merger(merge, dest, sources)
    return dest


def of_kind(sources: TypeSources, kind: Kind) -> list[Source[TypeDef]]:
    """The declarations that are of one kind; interface objects count as interfaces."""
    return [source for source in sources if _kind(source.element) is kind]


def _kind(found: TypeDef) -> Kind:
    return Kind.INTERFACE if found.is_interface_object else found.kind


def _merged_kind(merge: Merge, name: str, sources: TypeSources) -> Kind:
    kinds: dict[Kind, list[str]] = {}
    for source in sources:
        kinds.setdefault(_kind(source.element), []).append(source.subgraph.name)
    if len(kinds) > 1:
        listed = ", ".join(f"{kind} in {' and '.join(names)}" for kind, names in kinds.items())
        merge.report.error(
            ErrorCode.TYPE_KIND_MISMATCH,
            f'"{name}" is of different kinds: {listed}.',
            *(s.place for s in sources),
            coordinate=name,
            help="Give it one kind everywhere, or different names.",
        )
    return next(iter(kinds))


def _check_base(merge: Merge, name: str, sources: TypeSources) -> None:
    if name in ROOTS or any(s.element.defined for s in sources):
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
    if keyed and dest.kind is Kind.OBJECT and len(keyed) < len(sources):
        merge.report.hint(
            HintCode.INCONSISTENT_ENTITY,
            f'"{dest.name}" is an entity only in {names_of(keyed)}.',
            coordinate=dest.name,
            subgraphs=[s.subgraph.name for s in keyed],
        )
    if any(not s.element.is_interface_object for s in keyed):
        return
    is_interface = dest.kind is Kind.INTERFACE
    for name in dest.fields:
        lacking = [s for s in sources if name not in s.element.fields and _shows_fields(s)]
        if lacking and not (is_interface and _contributed(merge, dest.name, name)):
            merge.report.hint(
                HintCode.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD
                if is_interface
                else HintCode.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD,
                f'"{dest.name}.{name}" does not exist in {names_of(lacking)}.',
                coordinate=f"{dest.name}.{name}",
                subgraphs=[s.subgraph.name for s in lacking],
            )


def _shows_fields(source: Source[TypeDef]) -> bool:
    """Whether a declaration says which fields a type has: one with external fields alone only refers to them."""
    found, external = source.element, source.subgraph.facts.external
    return not found.is_interface_object and not all((found.name, name) in external for name in found.fields)


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


def add_interface_object_fields(merge: Merge, dest: TypeDef, interface: TypeDef) -> None:
    """Give an object the fields that interface objects contribute to its interface."""
    for entry in interface.fields.values():
        if entry.name not in dest.fields and _contributed(merge, interface.name, entry.name):
            copied = replace(entry, directives=list(entry.directives), join=[])
            join_interface_object(copied)
            dest.fields[entry.name] = copied


def _contributed(merge: Merge, interface: str, field_name: str) -> bool:
    return any(s.element.is_interface_object and field_name in s.element.fields for s in merge.sources[interface])


_MERGERS = {
    Kind.INTERFACE: _merge_object,
    Kind.OBJECT: _merge_object,
    Kind.UNION: _merge_union,
    Kind.INPUT: merge_input_type_fields,
}
