"""Merges what clients send: arguments and input fields. Only what every subgraph knows stays."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import ConstValueNode, print_ast

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import merge_applied, merge_description
from gateway.composition.merge.constants import value_key
from gateway.composition.merge.context import E, Merge, Source, names_of
from gateway.composition.model import FieldDef, InputDef, TypeDef
from gateway.composition.typerefs import is_same_or_subtype, named

InputSources = Sequence[Source[InputDef]]


def merge_input(
    merge: Merge,
    dest: InputDef,
    sources: InputSources,
    coordinate: str,
    type_code: ErrorCode,
    default_code: ErrorCode,
) -> bool:
    """Merge one argument or input field into ``dest``; whether all sources have the same type."""
    merge_description(merge, dest, sources, coordinate)
    merge_applied(merge, dest, sources, coordinate)
    equal = merge_input_type(merge, dest, sources, coordinate, type_code)
    _merge_default(merge, dest, sources, coordinate, default_code)
    merge.enum_inputs.add(named(dest.type))
    return equal


def merge_input_type(merge: Merge, dest: InputDef, sources: InputSources, coordinate: str, code: ErrorCode) -> bool:
    """The strictest type wins: what it accepts, all accept."""
    dest.type = sources[0].element.type
    if all(source.element.type == dest.type for source in sources):
        return True
    compatible = True
    for source in sources[1:]:
        given = source.element.type
        if given == dest.type:
            continue
        if is_same_or_subtype(given, dest.type, merge.is_subtype):
            dest.type = given
        elif not is_same_or_subtype(dest.type, given, merge.is_subtype):
            compatible = False
    types = ", ".join(f'{s.element.type} in "{s.subgraph.name}"' for s in sources)
    if not compatible:
        merge.report.error(
            code,
            f'The type of "{coordinate}" is incompatible across subgraphs: {types}.',
            *((s.subgraph.name, s.element.node) for s in sources),
            coordinate=coordinate,
        )
    else:
        is_argument = code is ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH
        merge.report.hint(
            HintCode.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE
            if is_argument
            else HintCode.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
            f'The type of "{coordinate}" differs but is compatible: {types}; {dest.type} is used.',
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in sources],
        )
    return False


def _text(value: ConstValueNode | None) -> str:
    return "none" if value is None else print_ast(value)


def _merge_default(merge: Merge, dest: InputDef, sources: InputSources, coordinate: str, code: ErrorCode) -> None:
    """A default survives when every subgraph declares the same one."""
    given = [source for source in sources if source.element.default is not None]
    if len({value_key(source.element.default) for source in given}) > 1:
        values = ", ".join(f'{_text(s.element.default)} in "{s.subgraph.name}"' for s in given)
        merge.report.error(
            code,
            f'"{coordinate}" has different defaults across subgraphs: {values}.',
            *((s.subgraph.name, s.element.node) for s in given),
            coordinate=coordinate,
            help="Declare the same default in every subgraph, or none.",
        )
    elif len(given) == len(sources):
        dest.default = given[0].element.default
    elif given:
        merge.report.hint(
            HintCode.INCONSISTENT_DEFAULT_VALUE_PRESENCE,
            f'"{coordinate}" has a default only in {names_of(given)}; it is dropped.',
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in given],
        )


def merge_arguments(merge: Merge, dest: FieldDef, sources: Sequence[Source[FieldDef]], coordinate: str) -> None:
    """Merge the arguments of a field: those that all sources have, contextual ones left out."""
    names = dict.fromkeys(name for s in sources for name in s.element.args)
    for name in names:
        where = f"{coordinate}({name}:)"
        given = [Source(s.subgraph, s.element.args[name]) for s in sources if name in s.element.args]
        if any(s.element.has("fromContext") for s in given):
            _check_contextual(merge, given, where)
            continue
        if len(given) < len(sources):
            missing_argument(merge, given, sources, where)
            continue
        argument = InputDef(name)
        merge_input(
            merge,
            argument,
            given,
            where,
            ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
            ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
        )
        dest.args[name] = argument


def _check_contextual(merge: Merge, given: InputSources, where: str) -> None:
    for source in given:
        if source.element.has("fromContext"):
            continue
        if not source.element.required:
            merge.report.hint(
                HintCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
                f'"{where}" is set by context in one subgraph, so it is left out, though it is not in'
                f' "{source.subgraph.name}".',
                coordinate=where,
                subgraphs=[source.subgraph.name],
            )
        else:
            merge.report.error(
                ErrorCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS,
                f'"{where}" is set by context in one subgraph and required in "{source.subgraph.name}".',
                (source.subgraph.name, source.element.node),
                coordinate=where,
            )


def missing_argument(merge: Merge, given: InputSources, sources: Sequence[Source[E]], where: str) -> None:
    """Say what becomes of an argument that some of the ``sources`` lack: it goes, or must not."""
    required = [source for source in given if source.element.required]
    have = {source.subgraph.name for source in given}
    lacking = [source for source in sources if source.subgraph.name not in have]
    if required:
        merge.report.error(
            ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
            f'"{where}" is required in {names_of(required)} but does not exist in {names_of(lacking)}.',
            *(s.place for s in required),
            *(s.place for s in lacking),
            coordinate=where,
            help="Add the argument everywhere, or make it optional.",
        )
    else:
        merge.report.hint(
            HintCode.INCONSISTENT_ARGUMENT_PRESENCE,
            f'"{where}" is left out: it does not exist in {names_of(lacking)}.',
            coordinate=where,
            subgraphs=sorted(have),
        )


def merge_input_type_fields(merge: Merge, dest: TypeDef, sources: Sequence[Source[TypeDef]]) -> None:
    """Merge an input object's fields: those that all subgraphs have, and hidden ones."""
    names = dict.fromkeys(name for s in sources for name in s.element.inputs)
    for name in names:
        coordinate = f"{dest.name}.{name}"
        given = [Source(s.subgraph, s.element.inputs[name]) for s in sources if name in s.element.inputs]
        hidden = any(s.element.has("inaccessible") for s in given)
        if len(given) < len(sources) and not hidden:
            _missing_input_field(merge, given, sources, coordinate)
            # What any subgraph takes as input counts as input, though this field itself is left out.
            merge.enum_inputs.update(named(source.element.type) for source in given)
            continue
        entry = InputDef(name)
        equal = merge_input(
            merge,
            entry,
            given,
            coordinate,
            ErrorCode.FIELD_TYPE_MISMATCH,
            ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH,
        )
        if len(given) < len(sources) or not equal:
            for source in given:
                shown = "" if equal else f', type: "{source.element.type}"'
                entry.join.append(f"@join__field(graph: {merge.graphs[source.subgraph.name]}{shown})")
        dest.inputs[name] = entry
    if names and not dest.inputs:
        merge.report.error(
            ErrorCode.EMPTY_MERGED_INPUT_TYPE,
            f'No field of the input "{dest.name}" exists in all of {names_of(sources)}.',
            *((s.subgraph.name, s.element.node) for s in sources),
            coordinate=dest.name,
        )


def _missing_input_field(
    merge: Merge, given: InputSources, sources: Sequence[Source[TypeDef]], coordinate: str
) -> None:
    required = [source for source in given if source.element.required]
    have = {source.subgraph.name for source in given}
    lacking = [source for source in sources if source.subgraph.name not in have]
    if required:
        merge.report.error(
            ErrorCode.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
            f'The input field "{coordinate}" is required in {names_of(required)}'
            f" but does not exist in {names_of(lacking)}.",
            *(s.place for s in required),
            *(s.place for s in lacking),
            coordinate=coordinate,
            help="Add the field everywhere, or make it optional.",
        )
    else:
        merge.report.hint(
            HintCode.INCONSISTENT_INPUT_OBJECT_FIELD,
            f'The input field "{coordinate}" is left out: it does not exist in {names_of(lacking)}.',
            coordinate=coordinate,
            subgraphs=sorted(have),
        )
