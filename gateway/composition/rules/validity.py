"""What merging alone can make invalid as GraphQL: implementations that no longer fit, endless inputs.

Everything else was checked in each subgraph and survives the merge.
Rules: GraphQL specification, "Type Validation" of objects, interfaces and input objects.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import FieldDef, InputDef, Kind, Schema, TypeDef
from gateway.composition.subgraph.values import fits
from gateway.composition.typerefs import is_same_or_subtype, named


def check_validity(merge: Merge, api: Schema) -> None:
    """Report where the API schema is not valid GraphQL."""
    for directive in merge.schema.directives.values():
        for argument in directive.args.values():
            where = f"@{directive.name}({argument.name}:)"
            for coordinate, problem in _input_problems(api, where, argument):
                message = f'The merged schema is not valid: "{coordinate}" {problem}.'
                merge.report.error(ErrorCode.INVALID_GRAPHQL, message, coordinate=coordinate)
    for found in api.types.values():
        for coordinate, problem in _problems(api, found):
            merge.report.error(
                ErrorCode.INVALID_GRAPHQL,
                f'The merged schema is not valid: "{coordinate}" {problem}.',
                *((s.name, declared.node) for s in merge.subgraphs if (declared := s.type(found.name)) is not None),
                coordinate=coordinate,
            )


def _problems(api: Schema, found: TypeDef) -> Iterator[tuple[str, str]]:
    for entry in found.inputs.values():
        yield from _input_problems(api, f"{found.name}.{entry.name}", entry)
    for field in found.fields.values():
        for argument in field.args.values():
            yield from _input_problems(api, f"{found.name}.{field.name}({argument.name}:)", argument)
    for member in found.members:
        if member in api.types and api.types[member].kind is not Kind.OBJECT:
            yield found.name, f"has the member {member}, which is no object type"
    if found.kind is Kind.INPUT and _endless(api, found.name):
        yield found.name, "requires itself, so no value of it can be given"
    yield from _interface_problems(api, found)


def _interface_problems(api: Schema, found: TypeDef) -> Iterator[tuple[str, str]]:
    for name in found.interfaces:
        interface = api.types.get(name)
        if interface is None:
            continue
        for above in interface.interfaces:
            if above not in found.interfaces and above != found.name:
                yield found.name, f"must implement {above} because it implements {name}"
        for expected in interface.fields.values():
            given = found.fields.get(expected.name)
            if given is None:
                yield f"{found.name}.{expected.name}", f"is missing, though {name} has it"
            else:
                yield from _field_problems(api, found, given, name, expected)


def _input_problems(api: Schema, coordinate: str, entry: InputDef) -> Iterator[tuple[str, str]]:
    if entry.required and entry.applies("deprecated"):
        yield coordinate, "is required and so cannot be deprecated"
    if entry.default is not None and not fits(entry.default, entry.type, api):
        yield coordinate, f"has a default that does not fit its type {entry.type}"


def _field_problems(
    api: Schema, found: TypeDef, given: FieldDef, interface: str, expected: FieldDef
) -> Iterator[tuple[str, str]]:
    coordinate = f"{found.name}.{given.name}"
    if not is_same_or_subtype(given.type, expected.type, lambda sub, base: _is_subtype(api, sub, base)):
        yield coordinate, f"returns {given.type}, which does not fit {interface}'s {expected.type}"
    for argument in expected.args.values():
        other = given.args.get(argument.name)
        if other is None:
            yield coordinate, f"lacks the argument {argument.name} that {interface}.{given.name} has"
        elif other.type != argument.type:
            yield coordinate, f"takes {argument.name}: {other.type} where {interface} has {argument.type}"
    for argument in given.args.values():
        if argument.required and argument.name not in expected.args:
            yield coordinate, f"requires the argument {argument.name}, which {interface} does not have"


def _is_subtype(api: Schema, sub: str, base: str) -> bool:
    target, narrow = api.types.get(base), api.types.get(sub)
    if target is None or narrow is None:
        return False
    return sub in target.members if target.kind is Kind.UNION else base in narrow.interfaces


def _endless(api: Schema, name: str) -> bool:
    """Whether an input object contains itself through required fields only."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        found = api.types.get(waiting.pop())
        for entry in found.inputs.values() if found is not None else ():
            if not entry.type.endswith("!") or entry.type.startswith("["):
                continue
            inner = named(entry.type)
            if inner == name:
                return True
            if inner not in seen:
                seen.add(inner)
                waiting.append(inner)
    return False
