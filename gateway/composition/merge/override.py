"""``@override``: which subgraph's field is replaced by which other's.

Rules: no override from itself, of an override, or of a field with requirements; labels are ``percent(x)``
or a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graphql.pyutils import suggestion_list

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.model import Applied, FieldDef, Kind, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema

_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT = re.compile(r"percent\((?:\d{1,2}(?:\.\d{1,8})?|100)\)")


@dataclass(frozen=True, slots=True)
class Overridden:
    """What happened to one subgraph's field: it was replaced, and is (``used``) or is not needed still."""

    used: bool
    label: str | None


class Overrides:
    """All overrides, by type, field and the subgraph that loses the field."""

    def __init__(self) -> None:
        self._lost: dict[tuple[str, str, str], Overridden] = {}
        self._labels: dict[tuple[str, str, str], str] = {}

    def lost(self, type_name: str, field_name: str, subgraph: str) -> Overridden | None:
        """How the subgraph's field was replaced, if it was."""
        return self._lost.get((type_name, field_name, subgraph))

    def gone(self, type_name: str, field_name: str, subgraph: str) -> bool:
        """Whether the subgraph's field is out of the picture altogether."""
        lost = self.lost(type_name, field_name, subgraph)
        return lost is not None and lost.label is None and not lost.used

    def label(self, type_name: str, field_name: str, subgraph: str) -> str | None:
        """The label under which this subgraph wins or loses the field."""
        return self._labels.get((type_name, field_name, subgraph))

    def add(self, type_name: str, field_name: str, loser: str, winner: str, state: Overridden) -> None:
        """Record that ``winner`` takes the field from ``loser``."""
        self._lost[type_name, field_name, loser] = state
        if state.label is not None:
            self._labels[type_name, field_name, loser] = state.label
            self._labels[type_name, field_name, winner] = state.label


def read_overrides(subgraphs: Sequence[SubgraphSchema], report: Report) -> Overrides:
    """Find and check every ``@override``."""
    overrides = Overrides()
    by_name = {subgraph.name: subgraph for subgraph in subgraphs}
    for subgraph in subgraphs:
        for found in subgraph.schema.types.values():
            for entry in found.fields.values():
                applied = entry.find("override")
                if applied is not None:
                    _Check(subgraph, found, entry, applied, report).run(by_name, overrides)
    return overrides


@dataclass(slots=True)
class _Check:
    subgraph: SubgraphSchema
    type: TypeDef
    field: FieldDef
    applied: Applied
    report: Report

    @property
    def coordinate(self) -> str:
        return f"{self.type.name}.{self.field.name}"

    def fail(self, code: ErrorCode, message: str, help: str | None = None) -> None:
        self.report.error(
            code,
            f"[{self.subgraph.name}] {message}",
            (self.subgraph.name, self.applied.node or self.field.node),
            coordinate=self.coordinate,
            help=help,
        )

    def run(self, by_name: dict[str, SubgraphSchema], overrides: Overrides) -> None:
        if self.type.is_interface_object:
            self._collide(f'"{self.type.name}" is an @interfaceObject')
            return
        origin = self.applied.text("from") or ""
        label = self.applied.text("label")
        if self.type.kind is Kind.INTERFACE:
            self.fail(
                ErrorCode.OVERRIDE_ON_INTERFACE,
                f'@override cannot be used on "{self.coordinate}": it is a field of an interface.',
                "Override the field on each implementation.",
            )
            return
        if origin == self.subgraph.name:
            self.fail(
                ErrorCode.OVERRIDE_FROM_SELF_ERROR,
                f'"{self.coordinate}" overrides itself: @override(from:) names its own subgraph.',
            )
            return
        other = by_name.get(origin)
        lost_type = other.type(self.type.name) if other is not None else None
        lost = lost_type.fields.get(self.field.name) if lost_type is not None else None
        if other is None:
            meant = suggestion_list(origin, sorted(by_name.keys() - {self.subgraph.name}))
            guess = f' (is "{meant[0]}" meant?)' if meant else ""
            self._hint(
                HintCode.FROM_SUBGRAPH_DOES_NOT_EXIST, f'there is no subgraph "{origin}" to override from{guess}'
            )
        elif lost is None and self._abstracted(other) is not None:
            self._collide(f'"{origin}" resolves it through the @interfaceObject "{self._abstracted(other)}"')
        elif lost is None:
            self._hint(HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, f'"{origin}" no longer has the field')
        else:
            self._take(other, lost, label, overrides)

    def _check_label(self, label: str) -> None:
        if not (_LABEL.fullmatch(label) or _PERCENT.fullmatch(label)):
            self.fail(
                ErrorCode.OVERRIDE_LABEL_INVALID,
                f'The label {label!r} of the @override on "{self.coordinate}" is not valid.',
                "Use percent(x), x from 0 to 100, or a name of letters, digits and _-:./ that begins with a letter.",
            )

    def _abstracted(self, other: SubgraphSchema) -> str | None:
        """The interface object through which another subgraph resolves this field, if any."""
        for name in self.type.interfaces:
            found = other.type(name)
            if found is not None and found.is_interface_object and self.field.name in found.fields:
                return name
        return None

    def _collide(self, why: str) -> None:
        self.fail(
            ErrorCode.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE,
            f'"{self.coordinate}" cannot be overridden: {why}.',
        )

    def _hint(self, code: HintCode, message: str) -> None:
        self.report.hint(
            code,
            f'The @override on "{self.coordinate}" in "{self.subgraph.name}" has no effect: {message}.',
            coordinate=self.coordinate,
            subgraphs=[self.subgraph.name],
        )

    def _take(self, other: SubgraphSchema, lost: FieldDef, label: str | None, overrides: Overrides) -> None:
        coordinate = (self.type.name, self.field.name)
        if other.schema.types[self.type.name].is_interface_object:
            self._collide(f'"{self.type.name}" is an @interfaceObject in "{other.name}"')
            return
        if lost.has("override"):
            self.fail(
                ErrorCode.OVERRIDE_SOURCE_HAS_OVERRIDE,
                f'"{self.coordinate}" overrides the field of "{other.name}", which is an override itself.',
                "Override the field from its first owner only.",
            )
            return
        collision = next((name for name in ("requires", "provides") if lost.has(name)), None)
        holder = other.name
        if collision is None and coordinate in self.subgraph.facts.external:
            collision, holder = "external", self.subgraph.name
        if collision is not None:
            self._collide(f'the field has @{collision} in "{holder}"')
            return
        if label is not None:
            self._check_label(label)
        if coordinate in other.facts.external:
            self._hint(HintCode.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, f'the field is external in "{other.name}"')
            return
        used = coordinate in other.facts.used
        overrides.add(*coordinate, other.name, self.subgraph.name, Overridden(used, label))
        if label is not None:
            self._tell(HintCode.OVERRIDE_MIGRATION_IN_PROGRESS, "is being moved", other.name)
        elif used:
            self._tell(HintCode.OVERRIDDEN_FIELD_CAN_BE_REMOVED, "can be made @external", other.name)
        else:
            self._tell(HintCode.OVERRIDDEN_FIELD_CAN_BE_REMOVED, "can be removed", other.name)

    def _tell(self, code: HintCode, what: str, loser: str) -> None:
        self.report.hint(
            code,
            f'The field "{self.coordinate}" of "{loser}", overridden by "{self.subgraph.name}", {what}.',
            coordinate=self.coordinate,
            subgraphs=[loser],
        )
