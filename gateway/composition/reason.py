"""Why a query cannot go on: one record per subgraph it stands in and way that is closed to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """What is in the way. The first group is about the field itself, the second about a way to where it is."""

    NOT_DEFINED = "NOT_DEFINED"
    EXTERNAL = "EXTERNAL"
    OVERRIDDEN = "OVERRIDDEN"
    NOT_YET_OVERRIDING = "NOT_YET_OVERRIDING"
    REQUIREMENT = "REQUIREMENT"
    NO_WAY_BACK = "NO_WAY_BACK"
    NO_CONTEXT = "NO_CONTEXT"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"

    NO_KEY = "NO_KEY"
    KEY_NOT_RESOLVABLE = "KEY_NOT_RESOLVABLE"
    KEY_FIELD_NOT_DEFINED = "KEY_FIELD_NOT_DEFINED"
    KEY_FIELD_EXTERNAL = "KEY_FIELD_EXTERNAL"
    KEY_FIELD_OVERRIDDEN = "KEY_FIELD_OVERRIDDEN"
    KEY_FIELD_REQUIRES = "KEY_FIELD_REQUIRES"
    KEY_FIELD_ROLLED_OUT = "KEY_FIELD_ROLLED_OUT"
    KEY_FIELD_UNREACHABLE = "KEY_FIELD_UNREACHABLE"


_MOST_SENTENCES = 12
_NO_WAY = "no way from {here} to {target}: "
_NO_WAY_BY = "no way from {here} to {target} by @key(fields: {key}): "

_SENTENCES = {
    ReasonKind.NOT_DEFINED: "{here} does not define {field}",
    ReasonKind.EXTERNAL: "{field} is @external in {here}",
    ReasonKind.OVERRIDDEN: "{target} overrides {field} of {here}{when}",
    ReasonKind.NOT_YET_OVERRIDING: "{here} resolves {field} only{when}",
    ReasonKind.REQUIREMENT: "in {here}, the field requires {key} of {type}, and {field} cannot be had there",
    ReasonKind.NO_WAY_BACK: "{field} requires {key}, and no resolvable @key of {type} leads into {here} to send it",
    ReasonKind.NO_CONTEXT: "{field} of {here} needs a @context that the query has not passed",
    ReasonKind.UNKNOWN_TYPE: "{here} knows {type} only as an interface object, so not which type an object has",
    ReasonKind.NO_KEY: _NO_WAY + "{type} has no @key there",
    ReasonKind.KEY_NOT_RESOLVABLE: _NO_WAY + "@key(fields: {key}) of {type} is not resolvable there",
    ReasonKind.KEY_FIELD_NOT_DEFINED: _NO_WAY_BY + "{here} does not define {field}",
    ReasonKind.KEY_FIELD_EXTERNAL: _NO_WAY_BY + "{field} is @external in {here}",
    ReasonKind.KEY_FIELD_OVERRIDDEN: _NO_WAY_BY + "{field} is overridden by another subgraph",
    ReasonKind.KEY_FIELD_REQUIRES: _NO_WAY_BY + "{field} requires other fields in {here}",
    ReasonKind.KEY_FIELD_ROLLED_OUT: _NO_WAY_BY + "the override of {field} is being rolled out",
    ReasonKind.KEY_FIELD_UNREACHABLE: _NO_WAY_BY + "{field} cannot be had without {target}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in the way.

    Attributes:
        kind: what it is.
        subgraph: where the object is being read.
        type: the type of the object.
        field: the coordinate in question: the field asked for, or the missing part of a key or requirement.
        target: the subgraph that cannot be entered, or that has taken the field over.
        key: the field set of the key or of the requirement.
        label: the override's label, where it has one.
    """

    kind: ReasonKind
    subgraph: str
    type: str
    field: str | None = None
    target: str | None = None
    key: str | None = None
    label: str | None = None

    @property
    def sentence(self) -> str:
        """The reason in words, without a full stop."""
        return sentence(self, [self.subgraph])


def sentence(reason: Reason, subgraphs: list[str]) -> str:
    """One sentence for reasons that differ in the subgraph alone."""
    names = [f'"{name}"' for name in subgraphs]
    here = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    when = ""
    if reason.label is not None:
        when = f' while the label "{reason.label}" is active'
    return _SENTENCES[reason.kind].format(
        here=here,
        type=f'"{reason.type}"',
        field=f'"{reason.field}"',
        target=f'"{reason.target}"',
        key=f'"{reason.key}"',
        when=when,
    )


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """The reasons in words; what several subgraphs have in common is said once, and of very many only the first."""
    groups: dict[tuple[object, ...], list[Reason]] = {}
    for reason in reasons:
        key = (reason.kind, reason.type, reason.field, reason.target, reason.key, reason.label)
        groups.setdefault(key, []).append(reason)
    texts = [sentence(group[0], [reason.subgraph for reason in group]) for group in groups.values()]
    if len(texts) > _MOST_SENTENCES:
        texts[_MOST_SENTENCES:] = [f"and {len(texts) - _MOST_SENTENCES} more"]
    return texts
