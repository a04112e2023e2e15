"""Merges enums by use: all values for output, common values for input, equal values for both."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import merge_applied, merge_description
from gateway.composition.merge.context import Merge, Source, names_of
from gateway.composition.merge.joins import directive
from gateway.composition.model import Element, TypeDef


def merge_enum(merge: Merge, dest: TypeDef, sources: Sequence[Source[TypeDef]], taken: bool, given: bool) -> None:
    """Merge an enum's values; whether it is ``taken`` as input and ``given`` as output decides how."""
    if not taken and not given:
        merge.report.hint(HintCode.UNUSED_ENUM_TYPE, f'The enum "{dest.name}" is not used.', coordinate=dest.name)
    names = dict.fromkeys(name for source in sources for name in source.element.values)
    for name in names:
        having = [Source(s.subgraph, s.element.values[name]) for s in sources if name in s.element.values]
        hidden = any(s.element.has("inaccessible") for s in having)
        complete = len(having) == len(sources) or (hidden and taken)
        if not complete and not _tolerate(merge, dest, name, sources, taken, given):
            continue
        value = Element(name)
        coordinate = f"{dest.name}.{name}"
        merge_description(merge, value, having, coordinate)
        merge_applied(merge, value, having, coordinate)
        value.join = [directive("join__enumValue", graph=merge.graphs[s.subgraph.name]) for s in having]
        dest.values[name] = value
    if names and not dest.values:
        merge.report.error(
            ErrorCode.EMPTY_MERGED_ENUM_TYPE,
            f'No value of the enum "{dest.name}" exists in all of {names_of(sources)}.',
            *((s.subgraph.name, s.element.node) for s in sources),
            coordinate=dest.name,
        )


def _tolerate(
    merge: Merge, dest: TypeDef, name: str, sources: Sequence[Source[TypeDef]], taken: bool, given: bool
) -> bool:
    """Decide on a value that some subgraphs lack: whether it stays, and what is said about it."""
    lacking = [s for s in sources if name not in s.element.values]
    where = names_of(lacking)
    coordinate = f"{dest.name}.{name}"
    subgraphs = [s.subgraph.name for s in lacking]
    if taken and given:
        merge.report.error(
            ErrorCode.ENUM_VALUE_MISMATCH,
            f'The enum "{dest.name}" is used as input and output, but {where} lacks its value "{name}".',
            *((s.subgraph.name, s.element.node) for s in lacking),
            coordinate=coordinate,
            help="Add the value everywhere, or mark it @inaccessible until it is.",
        )
        return True
    if taken:
        merge.report.hint(
            HintCode.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM,
            f'The value "{coordinate}" is left out: {where} lacks it, and the enum is used as input.',
            coordinate=coordinate,
            subgraphs=subgraphs,
        )
        return False
    merge.report.hint(
        HintCode.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM,
        f'The value "{coordinate}" does not exist in {where}.',
        coordinate=coordinate,
        subgraphs=subgraphs,
    )
    return True
