"""What interfaces and interface objects of one subgraph must and may not have."""

from __future__ import annotations

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSetError, Selection, parse_field_set, problems
from gateway.composition.model import Applied, Kind, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema


def check_interfaces(subgraph: SubgraphSchema, report: Report) -> None:
    """Check keys of interfaces, shareable interface fields, and interface objects."""
    for found in subgraph.schema.types.values():
        _check_repeated(subgraph, found, report)
        if found.kind is Kind.INTERFACE:
            _check_shareable(subgraph, found, report)
            _check_keys(subgraph, found, report)
        elif found.is_interface_object:
            _check_interface_object(subgraph, found, report)


def _check_shareable(subgraph: SubgraphSchema, found: TypeDef, report: Report) -> None:
    for entry in found.fields.values():
        if entry.has("shareable"):
            coordinate = f"{found.name}.{entry.name}"
            report.error(
                ErrorCode.INVALID_SHAREABLE_USAGE,
                f'[{subgraph.name}] "{coordinate}" is a field of an interface and cannot be @shareable.',
                (subgraph.name, entry.node),
                coordinate=coordinate,
                help="Put @shareable on the fields of the implementations.",
            )


def _check_repeated(subgraph: SubgraphSchema, found: TypeDef, report: Report) -> None:
    places = [(f"{found.name}.{e.name}", e.node, sum(1 for _ in e.all("shareable"))) for e in found.fields.values()]
    shareables = [applied.declaration for applied in found.all("shareable")]
    places.append((found.name, found.node, max((shareables.count(d) for d in shareables), default=0)))
    for coordinate, node, count in places:
        if count > 1:
            report.error(
                ErrorCode.INVALID_SHAREABLE_USAGE,
                f'[{subgraph.name}] "{coordinate}" is marked @shareable {count} times in one place.',
                (subgraph.name, node),
                coordinate=coordinate,
            )


def normal_key(text: str | None) -> str | None:
    """A key's field set in a form that does not depend on the order of its fields."""
    if text is None:
        return None
    try:
        return _sorted(parse_field_set(text))
    except FieldSetError:
        return None


def _sorted(selections: tuple[Selection, ...]) -> str:
    texts: list[str] = []
    for selection in selections:
        head = " ".join([selection.name or f"... on {selection.on}", *selection.arguments, *selection.directives])
        texts.append(f"{head} {{{_sorted(selection.children)}}}" if selection.children else head)
    return " ".join(sorted(texts))


def _selectable(subgraph: SubgraphSchema, found: TypeDef, key: Applied) -> bool:
    try:
        return not any(problems(subgraph.schema, found, parse_field_set(key.text("fields") or "")))
    except FieldSetError:
        return False


def _check_keys(subgraph: SubgraphSchema, found: TypeDef, report: Report) -> None:
    keys = [key for key in found.all("key") if _selectable(subgraph, found, key)]
    if not keys:
        return
    for name in subgraph.schema.possible(found.name):
        implementation = subgraph.schema.types[name]
        have = {normal_key(key.text("fields")): key for key in reversed([*implementation.all("key")])}
        for key in keys:
            match = have.get(normal_key(key.text("fields")))
            if match is not None and key.is_true("resolvable") and not match.is_true("resolvable"):
                report.error(
                    ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION,
                    f'[{subgraph.name}] The interface "{found.name}" resolves @key(fields: "{key.text("fields")}"),'
                    f' but its implementation "{name}" has that key with resolvable: false.',
                    (subgraph.name, key.node),
                    (subgraph.name, match.node),
                    coordinate=name,
                    help=f'Make the key resolvable on "{name}", or on neither.',
                )
            elif match is None:
                report.error(
                    ErrorCode.INTERFACE_KEY_NOT_ON_IMPLEMENTATION,
                    f'[{subgraph.name}] The interface "{found.name}" has @key(fields: "{key.text("fields")}"),'
                    f' but its implementation "{name}" has not.',
                    (subgraph.name, key.node),
                    (subgraph.name, implementation.node),
                    coordinate=name,
                    help=f'Add @key(fields: "{key.text("fields")}") to "{name}".',
                )


def _check_interface_object(subgraph: SubgraphSchema, found: TypeDef, report: Report) -> None:
    if not found.has("key"):
        report.error(
            ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
            f'[{subgraph.name}] "{found.name}" is an @interfaceObject without a @key.',
            (subgraph.name, found.node),
            coordinate=found.name,
            help="Give it the @key that the interface has in the subgraph that defines it.",
        )
