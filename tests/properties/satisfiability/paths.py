"""Every query of one path that the API allows, and what the planner makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    parse,
)

from gateway.planner import PlanError, plan_operation
from gateway.supergraph import Supergraph

COMPOSITE = (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)


def queries(schema: GraphQLSchema, depth: int) -> Iterator[str]:
    """All operations of one path with at most this many fields."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for operation, root in roots.items():
        for variables, text in _below(schema, root, depth) if root else ():
            declared = f" ({', '.join(dict.fromkeys(variables))})" if variables else ""
            yield f"{operation}{declared} {text}"


def _below(schema: GraphQLSchema, parent: GraphQLNamedType, depth: int) -> Iterator[tuple[list[str], str]]:
    if depth == 0:
        return
    if isinstance(parent, (GraphQLInterfaceType, GraphQLUnionType)):
        # A field of the interface itself is one path for each type behind it.
        for member in schema.get_possible_types(parent):
            for variables, text in _below(schema, member, depth):
                yield variables, f"{{ ... on {member.name} {text} }}"
    if isinstance(parent, GraphQLObjectType):
        for name, field in parent.fields.items():
            head, own = _taken(parent.name, name, field)
            target = get_named_type(field.type)
            if not isinstance(target, COMPOSITE):
                yield own, f"{{ {head} }}"
                continue
            yield own, f"{{ {head} {{ __typename }} }}"
            for variables, text in _below(schema, target, depth - 1):
                yield own + variables, f"{{ {head} {text} }}"


def _taken(parent: str, name: str, field: GraphQLField) -> tuple[str, list[str]]:
    """The field with a variable for each argument that must be given."""
    required = {key: arg for key, arg in field.args.items() if is_required_argument(arg)}
    given = ", ".join(f"{key}: ${parent}_{name}_{key}" for key in required)
    declared = [f"${parent}_{name}_{key}: {arg.type}" for key, arg in required.items()]
    return (f"{name}({given})" if given else name), declared


def label_sets(supergraph: Supergraph) -> list[frozenset[str]]:
    """Every set of override labels."""
    found = sorted(
        {
            join.label
            for entry in supergraph.model.types.values()
            for field in entry.fields.values()
            for join in field.joins
            if join.label is not None
        }
    )
    return [frozenset(chosen) for size in range(len(found) + 1) for chosen in combinations(found, size)]


def plans(supergraph: Supergraph, query: str, labels: frozenset[str]) -> bool:
    """Whether the planner can plan the query."""
    try:
        plan_operation(supergraph, parse(query), labels=labels)
    except PlanError as error:
        assert error.code == "UNRESOLVABLE_FIELD", error
        return False
    return True
