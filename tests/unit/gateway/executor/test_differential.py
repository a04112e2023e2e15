"""Random operations, answered by the gateway and by one server with the same data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from tests.oracle.operations import OperationMaker
from tests.unit.gateway.executor.shop import shop

SEEDS = range(25)
IDS = ["p0", "p1", "p2", "u0", "t0", "nowhere"]


@pytest.mark.parametrize(("nulls", "errors"), [(0.0, 0.0), (0.3, 0.0), (0.1, 0.1)])
async def test_the_gateway_answers_like_a_monolith(nulls: float, errors: float) -> None:
    """Same values in the same order, errors at the same places. A seed chooses data and operation."""
    many = 0
    for seed in SEEDS:
        federation = shop(seed % 7, nulls, errors)
        operation = OperationMaker(federation.supergraph.api_schema, Random(seed), IDS).make()
        query, variables = operation.text, operation.variables
        expected = federation.monolith(query, variables)
        response = await federation.query(query, variables)
        assert json.dumps(response.data) == json.dumps(expected.data), f"seed {seed}: {query} {variables}"
        known = _shown(expected.data, (error.path or [] for error in expected.errors or ()))
        assert _shown(response.data, (error["path"] for error in response.errors)) == known, f"seed {seed}: {query}"
        assert bool(response.errors) is bool(expected.errors)
        many += len(federation.requests) > 2
    assert many > len(SEEDS) / 5, "too few of the operations need several subgraphs"


def _shown(data: Any, paths: Iterable[list[str | int]]) -> set[tuple[str | int, ...]]:
    """The paths that lead to a place of the answer.

    Below an object that a null has taken along, one server may report more errors than several do: they
    never fetch what nobody will see.
    """
    return {tuple(path) for path in paths if _leads_somewhere(data, path)}


def _leads_somewhere(value: Any, path: list[str | int]) -> bool:
    for part in path:
        if value is None:
            return False
        value = value[part]
    return True
