"""Looks for what else is wrong where an earlier stage has failed, without taking consequences for causes.

Errors of different stages are found at once as far as the later ones cannot come from the earlier ones:
beside subgraphs that cannot be used, the sound ones are compared with each other, in what further subgraphs
could not put right; beside errors of the merge, later rules count for types that none of these is about.
Decision 0015 tells what that leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import TypeDef
from gateway.composition.reading import Reader
from gateway.composition.report import Report
from gateway.composition.result import CompositionError, Subgraph

Rules = Iterable[Callable[[Merge], None]]

_WORD = re.compile(r"\w+")
_ROOTS = ("Query", "Mutation", "Subscription")
_LASTING = {
    ErrorCode.ENUM_VALUE_MISMATCH,
    ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
    ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
    ErrorCode.FIELD_TYPE_MISMATCH,
    ErrorCode.INPUT_FIELD_DEFAULT_MISMATCH,
    ErrorCode.INVALID_FIELD_SHARING,
    ErrorCode.LINK_IMPORT_NAME_MISMATCH,
    ErrorCode.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
    ErrorCode.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
    ErrorCode.TYPE_KIND_MISMATCH,
}
"""Where subgraphs disagree with each other: no further subgraph makes them agree."""


def report_beside_broken(subgraphs: Sequence[Subgraph], report: Report, merge_all: Callable[[Merge], object]) -> None:
    """Report where the subgraphs that no error is about disagree.

    What the broken ones so much as mention is passed over: how they are meant, nobody knows.
    """
    broken = {name for error in report.errors() for name in error.subgraphs}
    sound = [subgraph for subgraph in subgraphs if subgraph.name not in broken]
    if len(sound) < 2 or len(sound) == len(subgraphs):
        return
    found = Report()
    loaded = Reader().read(sound, found)
    if found.failed:
        return
    merge_all(Merge(loaded, found))
    mentioned = {word for subgraph in subgraphs if subgraph.name in broken for word in _WORD.findall(subgraph.sdl)}
    report.include(found, lambda error: error.code in _LASTING and not _topic(error) & mentioned)


def _topic(error: CompositionError) -> set[str]:
    """The name that an error is about: a type, a directive, or a field of a root, as these are in all subgraphs."""
    owner, _, member = (error.coordinate or "").partition("(")[0].removeprefix("@").partition(".")
    return {member if member and owner in _ROOTS else owner}


def report_beside_merge(merge: Merge, stages: Iterable[Rules]) -> None:
    """Run the rules of later stages on what was merged, for types that no error so far is about."""
    earlier = merge.report
    touched = {_type_of(error) for error in earlier.errors()}
    found = merge.report = Report()
    for rules in stages:
        for rule in rules:
            rule(merge)
    merge.report = earlier
    earlier.include(found, lambda error: not _related(merge, _type_of(error)) & touched)


def _type_of(error: CompositionError) -> str:
    return (error.coordinate or "").partition("(")[0].partition(".")[0]


def _related(merge: Merge, name: str) -> set[str]:
    """A type, the interfaces it implements, and whatever implements it."""
    found: TypeDef | None = merge.schema.types.get(name)
    interfaces = found.interfaces if found is not None else ()
    return {name, *interfaces, *merge.schema.possible(name)}
