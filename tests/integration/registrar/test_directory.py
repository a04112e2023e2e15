"""Owners asked of the services themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity import CodedError
from registrar.directory import GraphQLDirectory, asgi_call, http_call
from registrar.refs import parse_object_ref
from tests.support.serving import serving

GOOD = parse_object_ref("commerce:Good:1")


class Commerce:
    """A service that answers what a test says, and remembers what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Mapping[str, Any]] = []
        self.authorization: str | None = None
        self.app = Starlette(routes=[Route("/graphql", self._respond, methods=["POST"])])

    async def _respond(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.authorization = request.headers.get("authorization")
        if isinstance(self.answer, bytes):
            return Response(self.answer)
        return JSONResponse(self.answer)


def entity(**fields: str) -> dict[str, Any]:
    return {"data": {"_entities": [fields]}}


async def test_over_http_with_the_callers_token() -> None:
    service = Commerce(entity(objectRef=str(GOOD), ownerRef="commerce:Business:1"))
    async with serving(service.app) as url, aiohttp.ClientSession() as session:
        directory = GraphQLDirectory(http_call(session, {"commerce": f"{url}/graphql"}))
        assert await directory.owner_of(GOOD, "Bearer x") == "commerce:Business:1"
    assert service.authorization == "Bearer x"
    assert service.asked[0]["variables"] == {"of": [{"__typename": "Good", "id": "1"}]}


async def test_in_process() -> None:
    service = Commerce(entity(objectRef=str(GOOD), ownerRef="commerce:Business:1"))
    directory = GraphQLDirectory(asgi_call({"commerce": service.app}))
    assert await directory.owner_of(GOOD, None) == "commerce:Business:1"
    assert service.authorization is None
    assert await directory.owner_of(parse_object_ref("registrar:User:ada"), None) == "registrar:User:ada"


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"_entities": [None]}},
        {"data": {"_entities": [None]}, "errors": [{"message": "no", "extensions": {"code": "NOT_FOUND"}}]},
        {"data": None, "errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]},
        entity(objectRef="commerce:Good:2", ownerRef="commerce:Business:1"),
    ],
)
async def test_what_the_caller_may_not_see_has_no_owner(answer: Any) -> None:
    assert await GraphQLDirectory(asgi_call({"commerce": Commerce(answer).app})).owner_of(GOOD, None) is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"data": None, "errors": [{"message": "broken", "extensions": {"code": "INTERNAL"}}]}, "broken"),
        (b"<html>", "not JSON"),
        ([], "no GraphQL response"),
    ],
)
async def test_a_service_that_fails_is_unavailable(answer: Any, says: str) -> None:
    with pytest.raises(CodedError, match=says) as caught:
        await GraphQLDirectory(asgi_call({"commerce": Commerce(answer).app})).owner_of(GOOD, None)
    assert caught.value.code == "UNAVAILABLE"


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    async with aiohttp.ClientSession() as session:
        for call in (asgi_call({}), http_call(session, {}), http_call(session, {"commerce": "http://127.0.0.1:1/"})):
            with pytest.raises(CodedError, match="'commerce' cannot be asked") as caught:
                await GraphQLDirectory(call).owner_of(GOOD, None)
            assert caught.value.code == "UNAVAILABLE"
