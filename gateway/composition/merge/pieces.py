"""Merges all types, each by itself, so that one whose declarations did not change need not be merged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gateway.composition.memo import Same
from gateway.composition.merge.context import Merge, declaring
from gateway.composition.merge.enums import merge_enum
from gateway.composition.merge.remember import remember
from gateway.composition.merge.sharing import check_sharing
from gateway.composition.merge.types import add_interface_object_fields, merge_type, of_kind
from gateway.composition.model import Kind, TypeDef


def merge_types(merge: Merge) -> None:
    """Merge every type of every subgraph into ``merge.schema``, enums without their values."""
    composed = Same(merge.composed)
    for name in merge.sources:
        merge.schema.types[name] = _merge_one(merge, name, composed)


def merge_enums(merge: Merge) -> None:
    """Merge the values of enums, once it is known how each is used."""
    types, memos = merge.schema.types, merge.memos
    for name, dest in types.items():
        if dest.kind is Kind.ENUM:
            taken, given = name in merge.enum_inputs, name in merge.enum_outputs
            work = partial(_with_values, dest=dest, taken=taken, given=given)
            types[name] = remember(merge, memos.enums, (dest, taken, given), work)
    memos.enums.turn()
    memos.types.turn()


def _merge_one(merge: Merge, name: str, composed: Same) -> TypeDef:
    """The merged type, with the fields that interface objects add to objects."""
    sources = merge.sources[name]
    above: list[str] = []
    if merge.interface_objects:
        above = sorted({i for s in sources for i in s.element.interfaces} & merge.interface_objects)
    interfaces = (
        [] if name in merge.interface_objects else [_merge_one(merge, interface, composed) for interface in above]
    )
    names = (name, *above)
    key = (
        names,
        tuple(merge.graphs[s.subgraph.name] for s in sources),
        composed,
        *interfaces,
        *[s.subgraph for one in names for s in merge.sources[one]],
    )
    return remember(merge, merge.memos.types, key, partial(_whole, name=name, interfaces=interfaces))


def _whole(merge: Merge, name: str, interfaces: Sequence[TypeDef]) -> TypeDef:
    dest = merge_type(merge, name, merge.sources[name])
    sources = of_kind(merge.sources[name], dest.kind)
    if dest.kind is Kind.OBJECT:
        for interface in interfaces:
            add_interface_object_fields(merge, dest, interface)
        having = declaring(sources)
        for field_name in dest.fields:
            check_sharing(merge, dest, field_name, having.get(field_name, ()))
    return dest


def _with_values(merge: Merge, dest: TypeDef, taken: bool, given: bool) -> TypeDef:
    whole = replace(dest, values={})
    merge_enum(merge, whole, of_kind(merge.sources[dest.name], Kind.ENUM), taken, given)
    return whole
