"""A field that several subgraphs resolve must be ``@shareable`` in all of them."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge, Source, names_of
from gateway.composition.model import FieldDef, TypeDef


def resolving(
    merge: Merge, parent: TypeDef, name: str, sources: Sequence[Source[TypeDef]]
) -> list[tuple[Source[FieldDef], bool]]:
    """Who resolves a field of an object type, each with whether it may be shared there.

    ``sources`` are the type's, those that lack the field may be left out.
    Interface objects resolve the fields of every implementation of their interface.
    """
    result: list[tuple[Source[FieldDef], bool]] = []
    for source in sources:
        entry = source.element.fields.get(name)
        if entry is not None:
            _add(merge, result, parent.name, Source(source.subgraph, entry))
    for interface in parent.interfaces:
        if interface not in merge.interface_objects:
            continue
        for declared in merge.sources[interface]:
            if not declared.element.is_interface_object or declared.subgraph.type(parent.name) is not None:
                continue
            entry = declared.element.fields.get(name)
            if entry is not None:
                _add(merge, result, interface, Source(declared.subgraph, entry))
    return result


def _add(merge: Merge, result: list[tuple[Source[FieldDef], bool]], type_name: str, source: Source[FieldDef]) -> None:
    coordinate = (type_name, source.element.name)
    facts = source.subgraph.facts
    if facts.fully_external(coordinate):
        return
    if merge.overrides.lost(*coordinate, source.subgraph.name) is not None:
        return
    result.append((source, coordinate in facts.shareable))


def check_sharing(merge: Merge, parent: TypeDef, name: str, sources: Sequence[Source[TypeDef]]) -> None:
    """Report a field that is resolved more than once without being shareable everywhere."""
    found = resolving(merge, parent, name, sources)
    if parent.name == "Subscription":
        unshared = [source for source, _ in found] if len(found) > 1 else []
        unshared = unshared or [s for s, shareable in found if shareable]
    else:
        unshared = [source for source, shareable in found if not shareable] if len(found) > 1 else []
    if not unshared:
        return
    coordinate = f"{parent.name}.{name}"
    everyone = [source for source, _ in found]
    if parent.name == "Subscription":
        message = f'The subscription "{coordinate}" must live in one subgraph and cannot be @shareable.'
        help = "Keep it in one subgraph."
    else:
        message = f'"{coordinate}" is resolved in {names_of(everyone)} but is not @shareable in {names_of(unshared)}.'
        help = "Mark it @shareable in all of them, or resolve it in one and mark it @external elsewhere."
    merge.report.error(
        ErrorCode.INVALID_FIELD_SHARING,
        message,
        *((s.subgraph.name, s.element.node) for s in everyone),
        coordinate=coordinate,
        help=help,
    )
