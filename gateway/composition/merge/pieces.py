"""Merges all types, each by itself, so that one whose declarations did not change need not be merged again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.composition.memo import Same
from gateway.composition.merge.context import Merge, declaring
from gateway.composition.merge.enums import merge_enum
from gateway.composition.merge.sharing import check_sharing
from gateway.composition.merge.types import add_interface_object_fields, merge_type, of_kind
from gateway.composition.model import Kind, TypeDef
from gateway.composition.report import Report


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One merged type, None where there is none, and what merging it told and found out."""

    type: TypeDef | None
    report: Report
    features: frozenset[str]
    enum_inputs: frozenset[str]
    enum_outputs: frozenset[str]
    compared: Mapping[tuple[str, str], bool]

    def holds(self, merge: Merge) -> bool:
        """Whether the types that were compared are related as they were."""
        return all(merge.is_subtype(*pair) is answer for pair, answer in self.compared.items())


def merge_types(merge: Merge) -> None:
    """Merge every type of every subgraph into ``merge.schema``, enums without their values."""
    for name in merge.sources:
        _take(merge, name, _piece(merge, name))


def merge_enums(merge: Merge) -> None:
    """Merge the values of enums, once it is known how each is used."""
    for name, dest in merge.schema.types.items():
        if dest.kind is Kind.ENUM:
            _take(merge, name, _enum_piece(merge, dest))
    merge.memos.enums.turn()
    merge.memos.pieces.turn()


def _take(merge: Merge, name: str, piece: Piece) -> None:
    merge.report.include(piece.report)
    merge.features |= piece.features
    merge.enum_inputs |= piece.enum_inputs
    merge.enum_outputs |= piece.enum_outputs
    if piece.type is not None:
        merge.schema.types[name] = piece.type


def _piece(merge: Merge, name: str) -> Piece:
    """The merged type, with the fields that interface objects add to objects."""
    sources = merge.sources[name]
    above = sorted({i for s in sources for i in s.element.interfaces} & merge.interface_objects)
    interfaces = [] if name in merge.interface_objects else [_piece(merge, interface) for interface in above]
    names = (name, *above)
    key = (
        names,
        tuple(merge.graphs[s.subgraph.name] for s in sources),
        tuple(merge.overrides.of(one) for one in names),
        Same(merge.composed, *interfaces, *(s.subgraph for one in names for s in merge.sources[one])),
    )
    piece: Piece = merge.memos.pieces.get(
        key, lambda: _merged(merge, name, [p.type for p in interfaces]), holds=lambda known: known.holds(merge)
    )
    return piece


def _merged(whole: Merge, name: str, interfaces: list[TypeDef | None]) -> Piece:
    merge = whole.apart()
    dest = merge_type(merge, name, merge.sources[name])
    sources = of_kind(merge.sources[name], dest.kind)
    if dest.kind is Kind.OBJECT:
        for interface in interfaces:
            if interface is not None:
                add_interface_object_fields(merge, dest, interface)
        having = declaring(sources)
        for field_name in dest.fields:
            check_sharing(merge, dest, field_name, having.get(field_name, ()))
    return _record(merge, dest)


def _enum_piece(merge: Merge, dest: TypeDef) -> Piece:
    taken, given = dest.name in merge.enum_inputs, dest.name in merge.enum_outputs

    def merged() -> Piece:
        apart = merge.apart()
        whole = replace(dest, values={})
        merge_enum(apart, whole, of_kind(merge.sources[dest.name], Kind.ENUM), taken, given)
        return _record(apart, whole)

    piece: Piece = merge.memos.enums.get((Same(dest), taken, given), merged)
    return piece


def _record(merge: Merge, dest: TypeDef | None) -> Piece:
    return Piece(
        dest,
        merge.report,
        frozenset(merge.features),
        frozenset(merge.enum_inputs),
        frozenset(merge.enum_outputs),
        merge.compared,
    )
