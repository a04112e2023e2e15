"""Checks a subgraph's own definitions of federation directives against the specification.

A subgraph may define what it uses (many servers print the definitions into their SDL), with fewer
locations or optional arguments than the specification, but not otherwise.
"""

from __future__ import annotations

from graphql import (
    DirectiveDefinitionNode,
    InputValueDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

from gateway.composition.codes import ErrorCode
from gateway.composition.report import Report
from gateway.composition.subgraph.links import Links
from gateway.composition.subgraph.specs import definition
from gateway.composition.typerefs import named, nullable


def _field_set_names(links: Links) -> set[str]:
    if links.federation is None:
        return {"_FieldSet", "String"}
    return {"_FieldSet", "FieldSet", "String", links.local_name(links.federation, "FieldSet")}


def _type_fits(given: str, wanted: str, links: Links) -> bool:
    if named(wanted) == "federation__FieldSet":
        return named(given) in _field_set_names(links)
    if named(wanted).startswith("federation__"):
        return True
    return nullable(given) == nullable(wanted)


def _argument_problem(
    given: dict[str, InputValueDefinitionNode], wanted: dict[str, InputValueDefinitionNode], links: Links
) -> str | None:
    for name, argument in given.items():
        expected = wanted.get(name)
        if expected is None:
            if print_ast(argument.type).endswith("!") and argument.default_value is None:
                return f"its argument {name!r} is unknown and required"
            continue
        if not _type_fits(print_ast(argument.type), print_ast(expected.type), links):
            return (
                f"its argument {name!r} has type {print_ast(argument.type)}"
                f" and should have {print_ast(expected.type).replace('federation__', '')}"
            )
    for name, expected in wanted.items():
        if name not in given and print_ast(expected.type).endswith("!"):
            return f"it lacks the argument {name!r}"
    return None


def _locations_problem(given: DirectiveDefinitionNode, wanted: DirectiveDefinitionNode) -> str | None:
    allowed = {node.value for node in wanted.locations}
    extra = [node.value for node in given.locations if node.value not in allowed]
    return f"it may not be on {', '.join(extra)}" if extra else None


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
    wanted_args = {node.name.value: node for node in wanted.arguments or ()}
    problem = _argument_problem(given_args, wanted_args, links) or _locations_problem(given, wanted)
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
                ErrorCode.INVALID_GRAPHQL,
                f"[{subgraph}] The type {name} of an argument of @{given.name.value} {problem}.",
                (subgraph, argument),
                coordinate=f"@{given.name.value}({argument.name.value}:)",
            )
