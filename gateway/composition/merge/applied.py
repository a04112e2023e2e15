"""Merges the directives that subgraphs apply to one element, and its descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from graphql import (
    BooleanValueNode,
    ConstListValueNode,
    ConstValueNode,
    IntValueNode,
    ListValueNode,
    StringValueNode,
)

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.constants import application_key
from gateway.composition.merge.context import E, Merge, Source
from gateway.composition.model import FEDERATION, Applied, Element
from gateway.composition.report import Place, Report
from gateway.composition.subgraph.schema import SubgraphSchema

BUILT_IN = ("deprecated", "specifiedBy", "oneOf")
AUTHORIZATION = {"authenticated": "", "requiresScopes": "scopes", "policy": "policies"}
"""The authorization directives, and the argument that holds their alternatives."""


def merge_description(merge: Merge, dest: Element, sources: Sequence[Source[E]], coordinate: str) -> None:
    """The most common description wins, the first of equals; differences are a hint. An empty one says nothing."""
    texts = [s.element.description for s in sources if s.element.description]
    if len(set(texts)) < 2:
        given = (s.element.description for s in sources if s.element.description is not None)
        dest.description = texts[0] if texts else next(given, None)
        return
    counts = Counter(texts)
    best = max(counts.values())
    dest.description = next(text for text, count in counts.items() if count == best)
    merge.report.hint(
        HintCode.INCONSISTENT_DESCRIPTION,
        f'"{coordinate}" has different descriptions; that of "'
        + next(s.subgraph.name for s in sources if s.element.description == dest.description)
        + '" is used.',
        coordinate=coordinate,
        subgraphs=[s.subgraph.name for s in sources if s.element.description],
    )


@dataclass(slots=True)
class _Applications:
    """All applications of one directive on one element."""

    name: str
    spec: str | None
    found: list[tuple[str, Applied]] = field(default_factory=list)
    """With the subgraph's name."""
    keys: list[Hashable] = field(default_factory=list)

    def add(self, subgraph: SubgraphSchema, applied: Applied) -> None:
        self.found.append((subgraph.name, applied))
        definition = subgraph.schema.directives.get(self.name) if self.spec is None else None
        args = definition.args.values() if definition is not None else ()
        self.keys.append(application_key(applied, {a.name: a.default for a in args if a.default is not None}))

    def unique(self) -> list[Applied]:
        """One application of each kind, in order of appearance."""
        first: dict[Hashable, Applied] = {}
        for key, (_, applied) in zip(self.keys, self.found, strict=True):
            first.setdefault(key, applied)
        return list(first.values())

    def most_common(self) -> Applied:
        """The application that most subgraphs have; the first of equals."""
        counts = Counter(self.keys)
        return self.found[self.keys.index(max(self.keys, key=lambda key: counts[key]))][1]


def merge_applied(merge: Merge, dest: Element, sources: Sequence[Source[E]], coordinate: str) -> None:
    """Merge the composed directives of all sources onto ``dest``."""
    if not any(source.element.directives for source in sources):
        return
    groups: dict[tuple[str | None, str], _Applications] = {}
    for source in sources:
        for applied in source.element.directives:
            key = applied.spec, applied.name
            composed = merge.composed.get(key)
            if composed is None:
                if applied.spec is not None or applied.name not in BUILT_IN:
                    continue
            elif not composed.takes(source.subgraph.name):
                continue
            groups.setdefault(key, _Applications(applied.name, applied.spec)).add(source.subgraph, applied)
    for key, group in groups.items():
        composed = merge.composed.get(key)
        unique = group.unique()
        if len(unique) == 1 or (composed is not None and composed.repeatable):
            dest.directives += unique
        else:
            dest.directives.append(_merge_one(merge, group, coordinate))


def _merge_one(merge: Merge, group: _Applications, coordinate: str) -> Applied:
    applications = [applied for _, applied in group.found]
    try:
        args = merge_arguments(group.name, applications) if group.spec == FEDERATION else None
    except TooManyAlternativesError:
        report_alternatives(merge, coordinate, [(subgraph, applied.node) for subgraph, applied in group.found])
        return applications[0]
    if args is not None:
        hint_merged(merge.report, group.name, coordinate, [subgraph for subgraph, _ in group.found])
        return Applied(group.name, args, group.spec)
    merge.report.hint(
        HintCode.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
        f'@{group.name} on "{coordinate}" has different arguments; the most common ones are used.',
        coordinate=coordinate,
        subgraphs=[subgraph for subgraph, _ in group.found],
    )
    return group.most_common()


def hint_merged(report: Report, name: str, coordinate: str, subgraphs: Iterable[str] = ()) -> None:
    """Say that the arguments of a directive's different applications were joined."""
    report.hint(
        HintCode.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
        f'@{name} on "{coordinate}" has different arguments; they are merged.',
        coordinate=coordinate,
        subgraphs=subgraphs,
    )


def report_alternatives(merge: Merge, coordinate: str, places: Iterable[Place]) -> None:
    """Report an element the authorization requirements of which multiply beyond all use."""
    merge.report.error(
        ErrorCode.COMPOSITION_LIMIT_EXCEEDED,
        f'The authorization requirements of "{coordinate}" have more than {MOST_ALTERNATIVES} alternatives together.',
        *places,
        coordinate=coordinate,
        help="Give fewer alternatives in each place, or name a policy that stands for several.",
    )


def merge_arguments(name: str, applications: Sequence[Applied]) -> dict[str, ConstValueNode] | None:
    """The joint arguments of a directive that knows how to merge, None for one that does not."""
    if name in AUTHORIZATION:
        argument = AUTHORIZATION[name]
        return {argument: dnf_value(conjunction(dnf(a, argument) for a in applications))} if argument else {}
    if name == "cost":
        return {"weight": IntValueNode(value=str(max(a.number("weight") or 0 for a in applications)))}
    if name == "listSize":
        return _merge_list_size(applications)
    return None


def _merge_list_size(applications: Sequence[Applied]) -> dict[str, ConstValueNode]:
    args: dict[str, ConstValueNode] = {}
    sizes = [size for a in applications if (size := a.number("assumedSize")) is not None]
    if sizes:
        args["assumedSize"] = IntValueNode(value=str(max(sizes)))
    for name in ("slicingArguments", "sizedFields"):
        names = dict.fromkeys(text for a in applications for text in strings(a.args.get(name)))
        if names or any(name in a.args for a in applications):
            args[name] = ConstListValueNode(values=tuple(StringValueNode(value=text) for text in names))
    flags = [a.args.get("requireOneSlicingArgument") for a in applications]
    if any(isinstance(flag, BooleanValueNode) and not flag.value for flag in flags):
        args["requireOneSlicingArgument"] = BooleanValueNode(value=False)
    return args


def strings(value: ConstValueNode | None) -> list[str]:
    """The strings of a list value (or a single string, as coercion allows)."""
    if isinstance(value, ListValueNode):
        return [entry.value for entry in value.values if isinstance(entry, StringValueNode)]
    return [value.value] if isinstance(value, StringValueNode) else []


Dnf = list[frozenset[str]]


def dnf(applied: Applied, argument: str) -> Dnf:
    """The alternatives of an authorization directive, each a set of which all must hold."""
    value = applied.args.get(argument)
    if not isinstance(value, ListValueNode):
        return [frozenset(strings(value))]
    return [frozenset(strings(entry)) for entry in value.values]


def simplify(alternatives: Iterable[frozenset[str]]) -> Dnf:
    """Drop alternatives that ask for more than another does."""
    kept: Dnf = []
    for one in sorted(set(alternatives), key=lambda a: (len(a), sorted(a))):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


class TooManyAlternativesError(Exception):
    """Requirements of the element at a coordinate that have more alternatives than anybody could want to check."""


MOST_ALTERNATIVES = 2000
"""How many ways there may be to meet requirements of several sources at once, before simplification."""


def conjunction(requirements: Iterable[Dnf], coordinate: str = "") -> Dnf:
    """All requirements at once: every way to take one alternative of each, without redundant ones.

    Raises:
        TooManyAlternativesError: when the ways multiply beyond all use.
    """
    result: Dnf = [frozenset()]
    for requirement in requirements:
        if requirement:
            if len(result) > 1 and len(requirement) > 1 and len(result) * len(requirement) > MOST_ALTERNATIVES:
                raise TooManyAlternativesError(coordinate)
            result = simplify(left | right for left, right in product(result, requirement))
    return result


def dnf_value(alternatives: Dnf) -> ConstListValueNode:
    """Alternatives as a syntax value, in a stable order."""
    return ConstListValueNode(
        values=tuple(
            ConstListValueNode(values=tuple(StringValueNode(value=text) for text in sorted(alternative)))
            for alternative in alternatives
        )
    )
