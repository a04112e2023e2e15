"""Names that a subgraph may not use: those of the supergraph's own machinery, and types that are left out."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.codes import ErrorCode
from gateway.composition.model import EXECUTABLE, Element, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import named

_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})
_RESERVED = ("join__", "link__")
_DEFINED = frozenset({"requiresScopes__Scope", "policy__Policy", "context__ContextFieldValue"})
"""Types that a supergraph defines beside those of the reserved namespaces."""


def check_names(loaded: SubgraphSchema, report: Report) -> None:
    """Report names that would clash in the supergraph, and uses of federation's own types."""
    schema = loaded.schema
    # Other directives stay behind, and composed ones are checked where they are composed.
    executable = [d for d in schema.directives.values() if not set(EXECUTABLE).isdisjoint(d.locations)]
    for element in (*schema.types.values(), *executable):
        if element.name.startswith(_RESERVED) or element.name in _DEFINED:
            _fail(loaded, report, element, element.name, f"{element.name} is a name of the supergraph's own.")
    for coordinate, element, name in _references(loaded):
        if name not in schema.types and name not in _BUILT_IN:
            message = f"{coordinate} uses {name}, a type of federation's own that is in no API."
            _fail(loaded, report, element, coordinate, message, "Use a type of your own in its place.")


def _fail(
    loaded: SubgraphSchema,
    report: Report,
    element: Element,
    coordinate: str,
    message: str,
    help: str = "Give it another name.",
) -> None:
    place = (loaded.name, element.node)
    report.error(ErrorCode.INVALID_GRAPHQL, f"[{loaded.name}] {message}", place, coordinate=coordinate, help=help)


def _references(loaded: SubgraphSchema) -> Iterator[tuple[str, Element, str]]:
    """Every named type that an element refers to, with the element and its coordinate."""
    for found in loaded.schema.types.values():
        yield from ((found.name, found, name) for name in (*found.interfaces, *found.members))
        yield from _inputs(found)
        for field in found.fields.values():
            where = f"{found.name}.{field.name}"
            yield where, field, named(field.type)
            yield from ((f"{where}({a.name}:)", a, named(a.type)) for a in field.args.values())
    for directive in loaded.schema.directives.values():
        if not set(EXECUTABLE).isdisjoint(directive.locations):
            yield from ((f"@{directive.name}({a.name}:)", a, named(a.type)) for a in directive.args.values())


def _inputs(found: TypeDef) -> Iterator[tuple[str, Element, str]]:
    yield from ((f"{found.name}.{entry.name}", entry, named(entry.type)) for entry in found.inputs.values())
