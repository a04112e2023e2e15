"""Merges the directives that subgraphs apply to one element, and its descriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from graphql import (
    BooleanValueNode,
    ConstListValueNode,
    ConstValueNode,
    IntValueNode,
    ListValueNode,
    StringValueNode,
    print_ast,
)

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.context import E, Merge, Source
from gateway.composition.model import FEDERATION, Applied, Element
from gateway.composition.report import Place

BUILT_IN = ("deprecated", "specifiedBy", "oneOf")
AUTHORIZATION = {"authenticated": "", "requiresScopes": "scopes", "policy": "policies"}
"""The authorization directives, and the argument that holds their alternatives."""

_DEFAULTS = {("listSize", "requireOneSlicingArgument"): "true", ("deprecated", "reason"): '"No longer supported"'}


def key_of(applied: Applied) -> str:
    """A directive's arguments as one comparable text, defaults left out."""
    texts = ((name, print_ast(value)) for name, value in sorted(applied.args.items()))
    return ", ".join(f"{name}: {text}" for name, text in texts if _DEFAULTS.get((applied.name, name)) != text)


def merge_description(merge: Merge, dest: Element, sources: Sequence[Source[E]], coordinate: str) -> None:
    """The most common description wins, the first of equals; differences are a hint."""
    counts = Counter(s.element.description for s in sources if s.element.description)
    if not counts:
        return
    best = max(counts.values())
    dest.description = next(text for text, count in counts.items() if count == best)
    if len(counts) > 1:
        merge.report.hint(
            HintCode.INCONSISTENT_DESCRIPTION,
            f'"{coordinate}" has different descriptions; that of "'
            + next(s.subgraph.name for s in sources if s.element.description == dest.description)
            + '" is used.',
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in sources if s.element.description],
        )


def merge_applied(merge: Merge, dest: Element, sources: Iterable[Source[E]], coordinate: str) -> None:
    """Merge the composed directives of all sources onto ``dest``."""
    groups: dict[tuple[str | None, str], list[tuple[str, Applied]]] = {}
    for source in sources:
        for applied in source.element.directives:
            composed = merge.composed.get((applied.spec, applied.name))
            if composed is not None and not composed.takes(source.subgraph.name):
                continue
            groups.setdefault((applied.spec, applied.name), []).append((source.subgraph.name, applied))
    for (spec, name), found in groups.items():
        composed = merge.composed.get((spec, name))
        if composed is None and not (spec is None and name in BUILT_IN):
            continue
        unique: dict[str, Applied] = {}
        for _, applied in found:
            unique.setdefault(key_of(applied), applied)
        if len(unique) == 1 or (composed is not None and composed.repeatable):
            dest.directives += unique.values()
        else:
            dest.directives.append(_merge_one(merge, name, spec, found, coordinate))


def _merge_one(merge: Merge, name: str, spec: str | None, found: list[tuple[str, Applied]], coordinate: str) -> Applied:
    applications = [applied for _, applied in found]
    try:
        args = merge_arguments(name, applications) if spec == FEDERATION else None
    except TooManyAlternativesError:
        report_alternatives(merge, coordinate, [(subgraph, applied.node) for subgraph, applied in found])
        return applications[0]
    if args is not None:
        merge.report.hint(
            HintCode.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
            f'@{name} on "{coordinate}" has different arguments; they are merged.',
            coordinate=coordinate,
            subgraphs=[subgraph for subgraph, _ in found],
        )
        return Applied(name, args, spec)
    counts = Counter(key_of(applied) for applied in applications)
    best = max(counts.values())
    winner = next(applied for applied in applications if counts[key_of(applied)] == best)
    merge.report.hint(
        HintCode.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
        f'@{name} on "{coordinate}" has different arguments; the most common ones are used.',
        coordinate=coordinate,
        subgraphs=[subgraph for subgraph, _ in found],
    )
    return winner


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
