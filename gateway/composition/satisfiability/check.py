"""Runs the walk over the merged schema, for the override labels that matter, and reports what fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import Schema
from gateway.composition.satisfiability.contexts import index_contexts
from gateway.composition.satisfiability.explain import example_query, reasons
from gateway.composition.satisfiability.reach import Budget, BudgetSpentError, Reach
from gateway.composition.satisfiability.walker import Failure, Walker
from gateway.composition.typerefs import named
from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.graph import MoveGraph
from gateway.supergraph.model import Model, TypeDef
from gateway.supergraph.reader import parse_supergraph, read_model

STEPS = 20_000_000
"""How much work the proof may take before it is given up with an error."""

_ALL_COMBINATIONS_UP_TO = 5


def check_satisfiability(merge: Merge, supergraph: str, api: Schema, steps: int) -> None:
    """Report every field of the API that some query path cannot reach."""
    try:
        model = _without_contexts(read_model(parse_supergraph(supergraph)))
    except SupergraphError as error:
        merge.report.error(ErrorCode.INVALID_GRAPHQL, f"The merged schema cannot be served: {error.message}")
        return
    contexts = index_contexts(merge)
    budget = Budget(steps)
    try:
        for labels in label_sets(_labels(model)):
            reach = Reach(MoveGraph(model, labels), contexts, budget)
            walker = Walker(api, reach)
            walker.walk_roots()
            for failure in walker.failures.values():
                _report(merge, api, reach, failure)
    except BudgetSpentError:
        merge.report.error(
            ErrorCode.COMPOSITION_LIMIT_EXCEEDED,
            f"Whether every query can be answered could not be decided within {steps} steps.",
            help="Reduce the number of alternative keys and shared fields.",
        )


def _without_contexts(model: Model) -> Model:
    """The walk checks contexts itself; for moves, a contextual field is one like any other."""
    types: dict[str, TypeDef] = {}
    for name, found in model.types.items():
        fields = {
            key: replace(entry, joins=tuple(replace(join, from_context=False) for join in entry.joins))
            if any(join.from_context for join in entry.joins)
            else entry
            for key, entry in found.fields.items()
        }
        types[name] = replace(found, fields=fields)
    return replace(model, types=types)


def _labels(model: Model) -> list[str]:
    return sorted(
        {
            join.label
            for found in model.types.values()
            for entry in found.fields.values()
            for join in entry.joins
            if join.label is not None
        }
    )


def label_sets(labels: list[str]) -> Iterator[frozenset[str]]:
    """Which labels to try as active: all combinations of a few; of many, none, all, and each by itself."""
    if len(labels) <= _ALL_COMBINATIONS_UP_TO:
        for chosen in product((False, True), repeat=len(labels)):
            yield frozenset(label for label, active in zip(labels, chosen, strict=True) if active)
        return
    yield frozenset()
    yield frozenset(labels)
    for label in labels:
        yield frozenset({label})
        yield frozenset(labels) - {label}


def _report(merge: Merge, api: Schema, reach: Reach, failure: Failure) -> None:
    if failure.field is None:
        coordinate, leaf = failure.type, True
        what = f'The type of a "{failure.type}" cannot be found out'
    else:
        coordinate = f"{failure.type}.{failure.field}"
        target = api.types.get(named(api.types[failure.type].fields[failure.field].type))
        leaf = target is None or not target.is_composite
        what = f'"{coordinate}" cannot be reached'
    why = reasons(reach, failure)
    message = f"{what} by the query {example_query(failure, leaf)}"
    message += f": {'; '.join(why)}." if why else "."
    places = [
        (subgraph.name, element.node)
        for subgraph in merge.subgraphs
        if (found := subgraph.type(failure.type)) is not None
        and (element := found.fields.get(failure.field or "", found)) is not None
    ]
    merge.report.error(
        ErrorCode.SATISFIABILITY_ERROR,
        message,
        *places,
        coordinate=coordinate,
        help="Give the type a @key that both sides have, or resolve the field where the path leads.",
    )
