"""Requests over HTTP that are refused. They change nothing, so one gateway serves them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.gateway.running import Running, running_gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESPONSE_JSON = "application/graphql-response+json"
LATIN = {"content-type": "application/json; charset=latin-1"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Running]:
    async with running_gateway(in_process=True) as gateway:
        yield gateway


def bad(query: object, code: str, **more: Any) -> Any:
    return pytest.param({"query": query, **more}, code, id=code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        bad("{ products {", "GRAPHQL_PARSE_FAILED"),
        bad("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        bad("query($id: ID!) { product(id: $id) { name } }", "BAD_USER_INPUT", variables={"id": None}),
        pytest.param(
            {"query": "query($b: Boolean = true) { __typename @include(if: $b) }", "variables": {"b": None}},
            "BAD_USER_INPUT",
            id="BAD_USER_INPUT, a condition",
        ),
        bad("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        bad("{" + "a{" * 70 + "b" + "}" * 71, "LIMIT_EXCEEDED"),
    ],
)
async def test_what_is_wrong_with_an_operation_is_coded(shared: Running, body: dict[str, Any], code: str) -> None:
    """Legacy clients get status 200 for whatever is a GraphQL request."""
    for accept, expected in ((RESPONSE_JSON, 400), ("application/json", 200)):
        async with shared.session.post(f"{shared.url}/graphql", json=body, headers={"accept": accept}) as response:
            assert response.status == expected
            assert response.content_type == accept
            answer = await response.json()
    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["errors"][0]["message"]
    assert "data" not in answer


@pytest.mark.parametrize(
    ("method", "sent", "status", "code"),
    [
        ("POST", {"data": b"{", "headers": {"content-type": "application/json"}}, 400, "BAD_REQUEST"),
        ("POST", {"json": [{"query": "{ __typename }"}]}, 400, "BATCHING_NOT_SUPPORTED"),
        ("POST", {"json": {"query": 1}}, 400, "BAD_REQUEST"),
        ("POST", {"data": b"{}", "headers": {"content-type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", {"data": {"query": "{ __typename }"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", {"data": b"{}", "headers": LATIN}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", {"json": {"query": "{ __typename }"}, "headers": {"accept": "image/png"}}, 406, "NOT_ACCEPTABLE"),
        ("POST", {"json": {"query": "subscription { renamed { id } }"}}, 406, "NOT_ACCEPTABLE"),
        ("PUT", {"json": {"query": "{ __typename }"}}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", {}, 400, "BAD_REQUEST"),
    ],
)
async def test_requests_that_are_not_graphql_over_http(
    shared: Running, method: str, sent: dict[str, Any], status: int, code: str
) -> None:
    async with shared.session.request(method, f"{shared.url}/graphql", **sent) as response:
        assert response.status == status
        answer = await response.json()
    assert answer["errors"][0]["extensions"]["code"] == code
