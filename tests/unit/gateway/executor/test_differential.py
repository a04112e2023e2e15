"""Random operations, answered by the gateway and by one server with the same data."""

from __future__ import annotations

import json
from random import Random

import pytest

from tests.unit.gateway.executor.random_queries import QueryMaker
from tests.unit.gateway.executor.shop import shop

SEEDS = range(60)


@pytest.mark.parametrize("nulls", [0.0, 0.3])
async def test_the_gateway_answers_like_a_monolith(nulls: float) -> None:
    """Same values in the same order. To replay one: its seed chooses the data and the operation."""
    many = 0
    for seed in SEEDS:
        federation = shop(seed % 7, nulls)
        query, variables = QueryMaker(federation.supergraph.api_schema, Random(seed)).make()
        expected = federation.monolith(query, variables)
        response = await federation.query(query, variables)
        assert json.dumps(response.data) == json.dumps(expected.data), f"seed {seed}: {query} {variables}"
        assert not response.errors, f"seed {seed}: {query} {variables} {response.errors}"
        many += len(federation.requests) > 2
    assert many > len(SEEDS) / 5, "too few of the operations need several subgraphs"
