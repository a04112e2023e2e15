"""Merges the fields of objects and interfaces: all of them stay, their types must be compatible."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import BUILT_IN, merge_applied, merge_description
from gateway.composition.merge.constants import value_key
from gateway.composition.merge.context import Merge, Source, declaring, names_of
from gateway.composition.merge.inputs import merge_arguments
from gateway.composition.merge.joins import join_directives, join_field
from gateway.composition.model import FieldDef, TypeDef
from gateway.composition.typerefs import is_same_or_subtype, named

FieldSources = Sequence[Source[FieldDef]]


def merge_fields(merge: Merge, dest: TypeDef, sources: Sequence[Source[TypeDef]]) -> None:
    """Merge every field of a composite type, in order of first appearance."""
    for name, having in declaring(sources).items():
        given = [Source(s.subgraph, s.element.fields[name]) for s in having]
        merged = _merge_field(merge, dest, name, given, sources)
        if merged is not None:
            dest.fields[name] = merged


def _merge_field(
    merge: Merge, parent: TypeDef, name: str, given: FieldSources, sources: Sequence[Source[TypeDef]]
) -> FieldDef | None:
    coordinate = f"{parent.name}.{name}"
    externals = [s for s in given if (parent.name, name) in s.subgraph.facts.external]
    resolved = [s for s in given if (parent.name, name) not in s.subgraph.facts.external]
    if not resolved and not _in_interface_object(merge, sources, name):
        merge.report.error(
            ErrorCode.EXTERNAL_MISSING_ON_BASE,
            f'"{coordinate}" is external in {names_of(externals)} and resolved nowhere.',
            *((s.subgraph.name, s.element.node) for s in externals),
            coordinate=coordinate,
            help="Remove @external where the field is resolved.",
        )
        return None
    for source in externals:
        _check_external_directives(merge, source, coordinate)
    dest = FieldDef(name)
    main = resolved or given
    merge_description(merge, dest, main, coordinate)
    merge_applied(merge, dest, main, coordinate)
    merge_arguments(merge, dest, main, coordinate)
    equal = _merge_type(merge, dest, main, coordinate)
    for source in externals:
        _check_external(merge, dest, source, coordinate, equal)
    join_field(merge, dest, parent.name, given, len(given) == len(sources), equal)
    join_directives(merge, dest, given)
    merge.enum_outputs.add(named(dest.type))
    return dest


def _in_interface_object(merge: Merge, sources: Sequence[Source[TypeDef]], name: str) -> bool:
    interfaces = {i for s in sources for i in s.element.interfaces} & merge.interface_objects
    return any(
        source.element.is_interface_object and name in source.element.fields
        for interface in interfaces
        for source in merge.sources[interface]
    )


def _merge_type(merge: Merge, dest: FieldDef, sources: FieldSources, coordinate: str) -> bool:
    """The widest type wins: what any subgraph may return, it allows."""
    dest.type = sources[0].element.type
    if all(source.element.type == dest.type for source in sources):
        return True
    compatible = True
    for source in sources[1:]:
        given = source.element.type
        if given == dest.type:
            continue
        if is_same_or_subtype(dest.type, given, merge.is_subtype):
            dest.type = given
        elif not is_same_or_subtype(given, dest.type, merge.is_subtype):
            compatible = False
    types = ", ".join(f'{s.element.type} in "{s.subgraph.name}"' for s in sources)
    if not compatible:
        merge.report.error(
            ErrorCode.FIELD_TYPE_MISMATCH,
            f'The type of "{coordinate}" is incompatible across subgraphs: {types}.',
            *((s.subgraph.name, s.element.node) for s in sources),
            coordinate=coordinate,
        )
    else:
        merge.report.hint(
            HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
            f'The type of "{coordinate}" differs but is compatible: {types}; {dest.type} is used.',
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in sources],
        )
    return False


def _check_external_directives(merge: Merge, source: Source[FieldDef], coordinate: str) -> None:
    """What federation or GraphQL itself carries into the supergraph belongs where the field is resolved."""
    for applied in source.element.directives:
        if applied.name in BUILT_IN if applied.spec is None else (applied.spec, applied.name) in merge.composed:
            merge.report.error(
                ErrorCode.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL,
                f'[{source.subgraph.name}] @{applied.name} cannot be applied to "{coordinate}":'
                " the field is external here.",
                (source.subgraph.name, applied.node or source.element.node),
                coordinate=coordinate,
                help="Apply it where the field is resolved.",
            )


def _check_external(merge: Merge, dest: FieldDef, source: Source[FieldDef], coordinate: str, equal: bool) -> None:
    """Compare an external field with the merged one: alike, or narrower where resolvers differ themselves."""
    entry = source.element
    place = (source.subgraph.name, entry.node)
    narrower = not equal and is_same_or_subtype(entry.type, dest.type, merge.is_subtype)
    if dest.type != entry.type and not narrower:
        merge.report.error(
            ErrorCode.EXTERNAL_TYPE_MISMATCH,
            f'"{coordinate}" is external in "{source.subgraph.name}" with the type {entry.type},'
            f" but is resolved elsewhere with {dest.type}.",
            place,
            coordinate=coordinate,
        )
    for argument in dest.args.values():
        where = f"{coordinate}({argument.name}:)"
        given = entry.args.get(argument.name)
        if given is None:
            code, problem = ErrorCode.EXTERNAL_ARGUMENT_MISSING, "is missing"
        elif not is_same_or_subtype(argument.type, given.type, merge.is_subtype):
            code, problem = ErrorCode.EXTERNAL_ARGUMENT_TYPE_MISMATCH, f"has the type {given.type}"
        elif value_key(given.default) != value_key(argument.default):
            code, problem = ErrorCode.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH, "has another default"
        else:
            continue
        merge.report.error(
            code,
            f'"{where}" {problem} on the external field in "{source.subgraph.name}".',
            place,
            coordinate=where,
        )
