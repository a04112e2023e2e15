"""Checks a subgraph's own definitions of federation directives against the specification.

A subgraph may define what it uses (many servers print the definitions into their SDL), with fewer
locations or optional arguments than the specification, but not otherwise.
"""

from __future__ import annotations

from graphql import (
    DirectiveDefinitionNode,
    InputValueDefinitionNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

from gateway.composition.codes import ErrorCode
from gateway.composition.report import Report
from gateway.composition.subgraph.links import Links
from gateway.composition.subgraph.specs import definition
from gateway.composition.typerefs import named


def _field_set_names(links: Links) -> set[str]:
    if links.federation is None:
        return {"_FieldSet", "String"}
    return {"_FieldSet", "FieldSet", "String", links.local_name(links.federation, "FieldSet")}


def _type_fits(given: str, wanted: str, links: Links, scalars: set[str]) -> bool:
    """Whether an argument's type is the specification's; a nullable one may be non-null, never the reverse.

    Where the specification has a scalar of its own, servers without custom scalars print something else.
    """
    if given.endswith("!") and not wanted.endswith("!"):
        given = given[:-1]
    if wanted.endswith("!"):
        return given.endswith("!") and _type_fits(given[:-1], wanted[:-1], links, scalars)
    if wanted.startswith("["):
        return given.startswith("[") and _type_fits(given[1:-1], wanted[1:-1], links, scalars)
    if wanted == "federation__FieldSet":
        return given not in scalars or given in _field_set_names(links)
    return wanted.startswith("federation__") or given == wanted


def _argument_problem(
    given: dict[str, InputValueDefinitionNode],
    wanted: dict[str, InputValueDefinitionNode],
    links: Links,
    scalars: set[str],
) -> str | None:
    for name, argument in given.items():
        expected = wanted.get(name)
        if expected is None:
            return f"its argument {name!r} is unknown"
        if not _type_fits(print_ast(argument.type), print_ast(expected.type), links, scalars):
            return (
                f"its argument {name!r} has type {print_ast(argument.type)}"
                f" and should have {print_ast(expected.type).replace('federation__', '')}"
            )
        if not isinstance(argument.type, NonNullTypeNode) and _default(argument) != _default(expected):
            return f"the default of its argument {name!r} should be {_default(expected)}"
    for name, expected in wanted.items():
        if name not in given and print_ast(expected.type).endswith("!"):
            return f"it lacks the argument {name!r}"
    return None


def _default(argument: InputValueDefinitionNode) -> str:
    return print_ast(argument.default_value) if argument.default_value is not None else "none"


def _locations_problem(given: DirectiveDefinitionNode, wanted: DirectiveDefinitionNode) -> str | None:
    allowed = {node.value for node in wanted.locations}
    extra = [node.value for node in given.locations if node.value not in allowed]
    return f"it may not be on {', '.join(extra)}" if extra else None


def _is_careless(given: DirectiveDefinitionNode) -> bool:
    """Whether a definition is one of those that federation 1 libraries printed, and that meant nothing."""
    if given.name.value not in ("key", "requires", "provides"):
        return False
    arguments = [(a.name.value, print_ast(a.type)) for a in given.arguments or ()]
    return not arguments or arguments in ([("fields", name)] for name in ("String", "_FieldSet", "FieldSet"))


def check_definition(
    subgraph: str,
    given: DirectiveDefinitionNode,
    canonical_name: str,
    links: Links,
    types: dict[str, TypeDefinitionNode],
    report: Report,
) -> None:
    """Report where ``given`` departs from the specification of ``@canonical_name``."""
    wanted = definition(canonical_name)
    given_args = {node.name.value: node for node in given.arguments or ()}
    scalars = {name for name, node in types.items() if isinstance(node, ScalarTypeDefinitionNode)}
    wanted_args = {node.name.value: node for node in wanted.arguments or ()}
    if links.federation is None and _is_careless(given):
        return
    problem = _argument_problem(given_args, wanted_args, links, scalars) or _locations_problem(given, wanted)
    if given.repeatable and not wanted.repeatable:
        problem = problem or "it is not repeatable"
    if problem is not None:
        report.error(
            ErrorCode.DIRECTIVE_DEFINITION_INVALID,
            f"[{subgraph}] The definition of @{given.name.value} does not fit its specification: {problem}.",
            (subgraph, given),
            coordinate=f"@{given.name.value}",
            help="Remove the definition: the composer knows the directive.",
        )
        return
    for argument in given.arguments or ():
        name = named(print_ast(argument.type))
        declared = types.get(name)
        unknown = declared is None and name.startswith("_")
        if unknown or (declared is not None and not isinstance(declared, ScalarTypeDefinitionNode)):
            problem = "is not defined" if unknown else "is no scalar"
            report.error(
                ErrorCode.TYPE_DEFINITION_INVALID if links.resolve(name) else ErrorCode.INVALID_GRAPHQL,
                f"[{subgraph}] The type {name} of an argument of @{given.name.value} {problem}.",
                (subgraph, argument),
                coordinate=f"@{given.name.value}({argument.name.value}:)",
            )
