"""Turns a failure into an error: the query, the reasons, the places, a way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import Schema
from gateway.composition.reason import Reason, ReasonKind
from gateway.composition.satisfiability.example import example_query
from gateway.composition.satisfiability.explain import in_words
from gateway.composition.satisfiability.walker import Failure
from gateway.composition.typerefs import named


@dataclass(frozen=True, slots=True)
class Finding:
    """A failure with its reasons."""

    failure: Failure
    reasons: tuple[Reason, ...]


def complain(merge: Merge, api: Schema, finding: Finding) -> None:
    """Report a finding."""
    failure = finding.failure
    query = example_query(failure.path, api, _is_leaf(api, failure))
    if failure.field is None:
        coordinate = failure.type
        what = f'Which type a "{failure.type}" has cannot be found out'
    else:
        coordinate = f"{failure.type}.{failure.field}"
        what = f'"{coordinate}" cannot be reached'
    places = [
        (subgraph.name, element.node)
        for subgraph in merge.subgraphs
        if (found := subgraph.type(failure.type)) is not None
        and (element := found.fields.get(failure.field or "", found)) is not None
    ]
    merge.report.error(
        ErrorCode.SATISFIABILITY_ERROR,
        f"{what} by the query {query}{_when(failure)}: {in_words(finding.reasons)}.",
        *places,
        coordinate=coordinate,
        help=_way_out(finding),
        details=finding.reasons,
    )


def _is_leaf(api: Schema, failure: Failure) -> bool:
    if failure.field is None:
        return False
    target = api.types.get(named(api.types[failure.type].fields[failure.field].type))
    return target is None or not target.is_composite


def _when(failure: Failure) -> str:
    if not failure.conditions:
        return ""
    parts = [f'"{label}" is {"active" if value else "not active"}' for label, value in sorted(failure.conditions)]
    return f" while label {' and '.join(parts)}"


_KEY = 'Give "{type}" a resolvable @key in "{target}" whose fields "{here}" resolves too'
_MISSING = 'Let "{here}" resolve "{field}", or give "{type}" another @key in "{target}"'

_WAYS_OUT: Mapping[ReasonKind, str] = {
    ReasonKind.NO_KEY: _KEY,
    ReasonKind.KEY_NOT_RESOLVABLE: _KEY,
    ReasonKind.KEY_FIELD_NOT_DEFINED: _MISSING,
    ReasonKind.KEY_FIELD_EXTERNAL: _MISSING,
    ReasonKind.KEY_FIELD_OVERRIDDEN: _MISSING,
    ReasonKind.KEY_FIELD_REQUIRES: _MISSING,
    ReasonKind.KEY_FIELD_ROLLED_OUT: 'Finish the rollout of "{field}", or give "{type}" another @key in "{target}"',
    ReasonKind.KEY_FIELD_UNREACHABLE: _MISSING,
    ReasonKind.REQUIREMENT: 'Let "{here}" reach "{field}" by a @key of its type, or require other fields',
    ReasonKind.NO_WAY_BACK: 'Give "{type}" a resolvable @key in "{here}"',
    ReasonKind.NO_CONTEXT: "Set the context on every type that leads to the field",
    ReasonKind.NOT_YET_OVERRIDING: 'Give "{type}" a @key that leads from "{here}" to who resolves the field meanwhile',
}


def _way_out(finding: Finding) -> str:
    """What would open the first way that is closed; else, to resolve the field where the path leads."""
    failure = finding.failure
    for reason in reversed(finding.reasons):
        text = _WAYS_OUT.get(reason.kind)
        if text is not None:
            way = text.format(type=reason.type, field=reason.field, target=reason.target, here=reason.subgraph)
            break
    else:
        way = f'Give "{failure.type}" a @key that both sides have'
    return f"{way}; or resolve the field where the path leads." if failure.field else f"{way}."
