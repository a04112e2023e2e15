"""``@authenticated``, ``@requiresScopes``, ``@policy``: where they may be, where they flow, what they guard.

Interfaces take no requirements of their own; they get those of their implementations, and pass on
those of interface objects. A field that requires guarded data must be guarded as strictly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from graphql import ConstValueNode

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSet, FieldSetError, parse_field_set
from gateway.composition.merge.applied import (
    AUTHORIZATION,
    Dnf,
    TooManyAlternativesError,
    conjunction,
    dnf,
    dnf_value,
    hint_merged,
    report_alternatives,
    simplify,
)
from gateway.composition.merge.context import Merge
from gateway.composition.merge.joins import split_context
from gateway.composition.merge.memos import Guarded
from gateway.composition.model import FEDERATION, Applied, Element, FieldDef, Kind, Schema, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import named

E = TypeVar("E", bound=Element)
Requirements = dict[str, Dnf]
"""Per directive, the alternatives that satisfy it."""


def check_authorization_places(subgraph: SubgraphSchema, report: Report) -> None:
    """Report requirements on interfaces, their fields, and interface objects."""
    for found in subgraph.schema.types.values():
        elements: list[tuple[str, Element]] = []
        if found.kind is Kind.INTERFACE or found.is_interface_object:
            elements.append((found.name, found))
        if found.kind is Kind.INTERFACE:
            elements += [(f"{found.name}.{entry.name}", entry) for entry in found.fields.values()]
        for coordinate, element in elements:
            for name in AUTHORIZATION:
                for applied in element.all(name):
                    report.error(
                        ErrorCode.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
                        f'[{subgraph.name}] @{name} cannot be on "{coordinate}": interfaces get the'
                        " requirements of their implementations.",
                        (subgraph.name, applied.node),
                        coordinate=coordinate,
                        help="Put it on the implementing types and their fields.",
                    )


def own_requirements(element: Element) -> Requirements:
    """The requirements that stand on an element."""
    result: Requirements = {}
    for name, argument in AUTHORIZATION.items():
        for applied in element.all(name):
            alternatives = dnf(applied, argument) if argument else [frozenset({"authenticated"})]
            result[name] = conjunction([result.get(name, [frozenset()]), alternatives])
    return result


def _join(coordinate: str, parts: Iterable[Requirements]) -> Requirements:
    result: Requirements = {}
    for part in parts:
        for name, alternatives in part.items():
            result[name] = conjunction([result.get(name, [frozenset()]), alternatives], coordinate)
    return result


def _with(element: E, requirements: Requirements) -> E:
    """The element with these requirements in place of its own; itself where there are none."""
    if not requirements:
        return element
    guarded = replace(element, directives=list(element.directives))
    guarded.drop(AUTHORIZATION)
    for name, argument in AUTHORIZATION.items():
        if name in requirements:
            args: dict[str, ConstValueNode] = {argument: dnf_value(requirements[name])} if argument else {}
            guarded.directives.append(Applied(name, args, FEDERATION))
    return guarded


def spread_requirements(merge: Merge) -> None:
    """Pass requirements down from interface objects and up from implementations."""
    if not merge.used & AUTHORIZATION.keys():
        return
    types = merge.schema.types
    implementations: dict[str, list[TypeDef]] = {}
    for name, found in types.items():
        if found.kind is Kind.OBJECT:
            above = [i for i in found.interfaces if i in merge.interface_objects]
            declaring = [source.subgraph for interface in above for source in merge.sources[interface]]
            types[name] = _spread(merge, found, declaring, partial(_guarded_object, merge, found))
            for interface in found.interfaces:
                implementations.setdefault(interface, []).append(types[name])
    for name, found in types.items():
        if found.kind is Kind.INTERFACE:
            objects = implementations.get(name, [])
            types[name] = _spread(merge, found, objects, partial(_guarded_interface, found, objects))
    merge.memos.guarded.turn()


def _spread(merge: Merge, found: TypeDef, above: Iterable[object], make: Callable[[], Guarded]) -> TypeDef:
    """The guarded type, or an error where its requirements are too many; errors are never remembered."""
    try:
        guarded = merge.memos.guarded.get((found, *above), make)
    except TooManyAlternativesError as error:
        report_alternatives(merge, str(error), ((s.subgraph.name, s.element.node) for s in merge.sources[found.name]))
        return found
    for name, coordinate in guarded.joined:
        hint_merged(merge.report, name, coordinate)
    return guarded.type


def _joined(coordinate: str, parts: Sequence[Requirements]) -> Iterator[tuple[str, str]]:
    """Which directives get their arguments from more than one of the parts."""
    for name in AUTHORIZATION:
        if len({tuple(simplify(part[name])) for part in parts if name in part}) > 1:
            yield name, coordinate


def _guarded_object(merge: Merge, found: TypeDef) -> Guarded:
    fields: dict[str, FieldDef] = {}
    joined: list[tuple[str, str]] = []
    for name, entry in found.fields.items():
        where = f"{found.name}.{name}"
        parts = [own_requirements(entry), *_from_interface_objects(merge, found, entry)]
        joined += _joined(where, parts)
        fields[name] = _with(entry, _join(where, parts))
    return Guarded(replace(found, fields=fields), tuple(joined))


def _guarded_interface(found: TypeDef, objects: Sequence[TypeDef]) -> Guarded:
    parts = [own_requirements(element) for element in [found, *objects]]
    joined = [*_joined(found.name, parts)]
    whole = _with(found, _join(found.name, parts))
    fields: dict[str, FieldDef] = {}
    for name, entry in found.fields.items():
        where = f"{found.name}.{name}"
        below = [one.fields[name] for one in objects if name in one.fields]
        parts = [own_requirements(element) for element in [entry, *below]]
        joined += _joined(where, parts)
        fields[name] = _with(entry, _join(where, parts))
    return Guarded(replace(whole, fields=fields), tuple(joined))


def _from_interface_objects(merge: Merge, found: TypeDef, entry: FieldDef) -> Iterator[Requirements]:
    for interface in found.interfaces:
        if interface not in merge.interface_objects:
            continue
        for source in merge.sources[interface]:
            if source.element.is_interface_object and entry.name in source.element.fields:
                yield own_requirements(source.element.fields[entry.name])


def check_transitive_requirements(merge: Merge) -> None:
    """Report fields whose ``@requires`` or contexts read what is guarded more strictly than they are."""
    if not merge.used & AUTHORIZATION.keys():
        return
    for subgraph in merge.subgraphs:
        for found in subgraph.schema.types.values():
            for entry in found.fields.values():
                _check_field(merge, subgraph, found, entry)


def _check_field(merge: Merge, subgraph: SubgraphSchema, found: TypeDef, entry: FieldDef) -> None:
    merged = merge.schema.types.get(found.name)
    if merged is None or entry.name not in merged.fields:
        return
    needs: list[Requirements] = []
    for requires in entry.all("requires"):
        needs += _selected(merge.schema, merged, requires.text("fields"))
    for argument in entry.args.values():
        for applied in argument.all("fromContext"):
            needs += _from_context(merge.schema, subgraph, applied.text("field"))
    if not any(needs):
        return
    coordinate = f"{found.name}.{entry.name}"
    try:
        needed = _join(coordinate, needs)
        have = _join(coordinate, [own_requirements(merged), own_requirements(merged.fields[entry.name])])
    except TooManyAlternativesError:
        report_alternatives(merge, coordinate, [(subgraph.name, entry.node)])
        return
    missing = [name for name, alternatives in needed.items() if not _satisfies(have.get(name), alternatives)]
    if missing:
        listed = " and ".join(f"@{name}" for name in missing)
        merge.report.error(
            ErrorCode.MISSING_TRANSITIVE_AUTH_REQUIREMENTS,
            f'[{subgraph.name}] "{coordinate}" reads data that is guarded by {listed},'
            " but does not ask for the same itself.",
            (subgraph.name, entry.node),
            coordinate=coordinate,
            help=f'Add the requirements of what it reads to "{coordinate}".',
        )


def _satisfies(have: Dnf | None, needed: Dnf) -> bool:
    """Whether everyone who meets ``have`` also meets ``needed``."""
    return all(any(n <= alternative for n in needed) for alternative in have or [frozenset()])


def _selected(schema: Schema, parent: TypeDef, text: str | None) -> list[Requirements]:
    try:
        return list(_walk(schema, parent, parse_field_set(text or "")))
    except FieldSetError:
        return []


def _walk(schema: Schema, parent: TypeDef | None, selections: FieldSet) -> Iterator[Requirements]:
    if parent is None:
        return
    for selection in selections:
        if selection.name is None:
            target = schema.types.get(selection.on) if selection.on else parent
            if target is not None and target is not parent:
                yield own_requirements(target)
            yield from _walk(schema, target, selection.children or ())
            continue
        entry = parent.fields.get(selection.name)
        if entry is None:
            continue
        yield own_requirements(entry)
        target = schema.types.get(named(entry.type))
        if target is not None:
            yield own_requirements(target)
        yield from _walk(schema, target, selection.children or ())


def _from_context(schema: Schema, subgraph: SubgraphSchema, text: str | None) -> list[Requirements]:
    name, selection = split_context(text or "")
    result: list[Requirements] = []
    for found in subgraph.schema.types.values():
        merged = schema.types.get(found.name)
        if merged is not None and any(c.text("name") == name for c in found.all("context")):
            result.append(own_requirements(merged))
            result += _selected(schema, merged, selection)
    return result
