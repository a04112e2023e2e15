"""A plan of one fetch takes any body as the interpreting modules do: same values, keys, numbers and errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from random import Random
from typing import Any, Final

import pytest
from graphql import parse

from gateway.composition import Subgraph, compose
from gateway.executor import (
    CompiledPlan,
    ExecutionContext,
    Response,
    compile_plan,
    execute_compiled,
    execute_plan,
    lay_out,
)
from gateway.executor.transport import SubgraphRequest, SubgraphResponse
from gateway.executor.transports.call import Call
from gateway.executor.transports.exchange import read_answer
from gateway.planner import QueryPlan, plan_operation
from gateway.supergraph import Supergraph, load_supergraph
from gateway.wire.json import dumps

SDL: Final = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
    type Query { goods: [Good!]  one: Good  rows: [[ID]]  thing: Thing  big: Big  share: Float  state: State! }
    type Good { id: ID!  name: String  count: Int!  sold: Boolean  state: State  owner: Owner }
    type Owner { id: ID  goods: [Good] }
    interface Thing { id: ID! }
    type Lamp implements Thing { id: ID!  watts: Int }
    type Chair implements Thing { id: ID!  legs: Int }
    type Stool implements Thing { id: ID!  legs: Int }
    enum State { NEW USED HIDDEN @inaccessible }
    scalar Big
"""

GOODS: Final = "{ goods { id name count sold state owner { id } } }"
GOOD: Final = '{"id":"a","name":"n","count":1,"sold":true,"state":"NEW","owner":{"id":"o"}}'
THING: Final = "{ thing { __typename id ... on Lamp { watts } ... on Chair { legs } } }"

ALIKE: Final = "{ thing { id __typename ... on Lamp { watts } } }"

MANY_KEYS: Final = "{ one { a0: name o: owner { id } " + " ".join(f"a{n}: name" for n in range(1, 12)) + " count } }"


def goods(old: str = "", new: str = "") -> str:
    """An answer with two goods, one of them changed."""
    return '{"data":{"goods":[' + GOOD + "," + GOOD.replace(old, new, 1) + "]}}"


def many_keys(value: str, count: str, tenth: str) -> str:
    """An answer to MANY_KEYS. Key 10 of it, and key 0 of the object at its key 1, are told apart by a separator."""
    between = ",".join(f'"a{number}":{tenth if number == 9 else value}' for number in range(1, 12))
    return '{"data":{"one":{"a0":"x","o":{"id":"x"},' + between + ',"count":' + count + "}}}"


BODIES: Final = {
    GOODS: [
        goods(),
        '{"data":{"goods":[]}}',
        '{"data":{"goods":null}}',
        '{"data":{"goods":[null]}}',
        '{"data":{"goods":{}}}',
        '{"data":{}}',
        '{"data":{"extra":1,"goods":[' + GOOD + "]}}",
        '{"data":{"goods":[' + GOOD + '],"extra":1}}',
        '{"data":{"goods":[' + GOOD + ']},"extensions":{"t":1}}',
        '{"data":{"goods":[' + GOOD + ']},"errors":[]}',
        '{"data":{"goods":[' + GOOD + ']},"errors":[{"message":"no","path":["goods",0,"name"]}]}',
        '{"data":{"goods":[' + GOOD + ']},"errors":"no"}',
        '{"data":null}',
        '{"data":null,"errors":[{"message":"no"}]}',
        '{"data":[]}',
        '{"data":"goods"}',
        '{"errors":[{"message":"no"}]}',
        "[]",
        '"data"',
        "7",
        "",
        '{"data":{"goods":[' + GOOD,
        '{"data":{"goods":[' + GOOD + "]}}}",
        '\ufeff{"data":{"goods":[' + GOOD + "]}}",
        '{"data":{"goods":[],"goods":[' + GOOD + "]}}",
        goods('"n"', '"\\ud83d\\ude00 \\u0000"'),
        goods('"n"', '"\\ud83d"'),
        goods('"a"', "7"),
        goods('"a"', "12345678901234567890123"),
        goods('"a"', "7.0"),
        goods('"a"', "true"),
        goods('"a"', "null"),
        goods('"n"', "1"),
        goods('"n"', "123456789012345678901"),
        goods('"count":1', '"count":-0'),
        goods('"count":1', '"count":1.0'),
        goods('"count":1', '"count":2147483648'),
        goods('"count":1', '"count":NaN'),
        goods('"count":1,', ""),
        goods('"count":1', '"count":1,"count":2'),
        goods('"sold":true', '"sold":1'),
        goods('"NEW"', '"HIDDEN"'),
        goods('"NEW"', '"OLD"'),
        goods('"NEW"', "[]"),
        goods('{"id":"o"}', "[]"),
        goods('{"id":"o"}', '{"id":5}'),
        goods('{"id":"o"}', "null"),
        '{"data":{"goods":[{"name":"n","id":"a","count":1,"owner":null,"sold":null,"state":null}]}}',
        '{"data":{"goods":' + "[" * 2000 + "]" * 2000 + "}}",
    ],
    THING: [
        '{"data":{"thing":{"__typename":"Lamp","id":"l","watts":40}}}',
        '{"data":{"thing":{"__typename":"Chair","id":4,"legs":null}}}',
        '{"data":{"thing":{"__typename":"Chair","id":"c","watts":1}}}',
        '{"data":{"thing":{"__typename":"Sofa","id":"s"}}}',
        '{"data":{"thing":{"__typename":[],"id":"s"}}}',
        '{"data":{"thing":{"id":"s"}}}',
        '{"data":{"thing":null}}',
    ],
    ALIKE: [
        '{"data":{"thing":{"id":"l","__typename":"Lamp","watts":40}}}',
        '{"data":{"thing":{"id":"c","__typename":"Chair"}}}',
        '{"data":{"thing":{"id":4,"__typename":"Stool"}}}',
        '{"data":{"thing":{"id":"s","__typename":"Sofa"}}}',
        '{"data":{"thing":{"id":null,"__typename":"Stool"}}}',
        '{"data":{"thing":{"__typename":"Chair","id":"c"}}}',
    ],
    "{ rows }": ['{"data":{"rows":[["a",1],null,[null]]}}', '{"data":{"rows":[[["a"]]]}}', '{"data":{"rows":"a"}}'],
    "{ big share }": [
        '{"data":{"big":12345678901234567890123,"share":1}}',
        '{"data":{"big":{"any":[1.50,-0,1e3]},"share":1.10}}',
        '{"data":{"big":null,"share":123456789012345678901}}',
        '{"data":{"big":[],"share":"1"}}',
        '{"data":{"share":1.5,"big":true}}',
    ],
    "{ state }": ['{"data":{"state":"HIDDEN"}}', '{"data":{"state":null}}', '{"data":{"state":"USED"}}'],
    "query ($x: Boolean!) { one { id name @include(if: $x) } }": ['{"data":{"one":{"id":"a","name":"n"}}}'],
    MANY_KEYS: [
        many_keys("null", "2", "null"),
        many_keys('"s"', '"2"', '"s"'),
        many_keys('"s"', "2", "7"),
    ],
    "{ a: one { b: id } c: one { b: id d: owner { goods { id } } } }": [
        '{"data":{"a":{"b":"x"},"c":{"b":2,"d":{"goods":[{"id":3},null]}}}}',
        '{"data":{"c":{"b":2,"d":null},"a":null}}',
    ],
}


class Raw:
    """A subgraph that answers with these bytes, to those who wait and to those who are called."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def execute(self, request: SubgraphRequest) -> SubgraphResponse:
        return read_answer(request.service, 200, "application/json", self._body)

    async def subscribe(self, request: SubgraphRequest) -> AsyncIterator[SubgraphResponse]:
        raise NotImplementedError
        yield

    def start(self, call: Call) -> None:
        asyncio.get_running_loop().call_soon(call.answered, 200, b"application/json", self._body)


@cache
def supergraph() -> Supergraph:
    found = compose([Subgraph("shop", "http://shop.test", SDL)]).supergraph
    assert found is not None
    return load_supergraph(found)


@cache
def plans(query: str) -> tuple[QueryPlan, CompiledPlan]:
    plan = plan_operation(supergraph(), parse(query))
    compiled = compile_plan(plan)
    assert compiled.single is not None
    return plan, compiled


def shown(response: Response) -> tuple[bytes, list[bytes]]:
    return dumps(response.data), sorted(map(dumps, response.errors))


async def assert_alike(query: str, body: bytes) -> Response:
    plan, compiled = plans(query)
    variables: dict[str, Any] = {"x": True} if "$x" in query else {}
    context = ExecutionContext(supergraph(), {"shop": Raw(body)})
    expected = await execute_plan(plan, variables, context)
    laid_out = lay_out(plan)
    assert laid_out is not None
    for each in (compiled, laid_out):
        assert shown(await execute_compiled(each, variables, context)) == shown(expected), body
    return expected


@pytest.mark.parametrize("query", BODIES)
async def test_any_body_is_taken_as_interpreting_takes_it(query: str) -> None:
    for body in BODIES[query]:
        await assert_alike(query, body.encode())


@pytest.mark.parametrize(("query", "seed"), [(GOODS, 1), (GOODS, 2), (THING, 3), ("{ big share }", 4)])
async def test_broken_bodies_are_taken_as_interpreting_takes_them(query: str, seed: int) -> None:
    chance = Random(seed)
    outcomes = set()
    for _ in range(400):
        body = bytearray(BODIES[query][0].encode())
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(body))
            body[place : place + chance.randint(0, 2)] = chance.choice(
                [b"", b'"', b"0", b"-", b"}", b",", b"\xff", b" "]
            )
        response = await assert_alike(query, bytes(body))
        outcomes.add(bool(response.errors))
    assert outcomes == {True, False}


def test_what_can_be_the_answer_as_it_is() -> None:
    """Where no field depends on variables and the types are told; elsewhere a copy is made."""
    found = {query for query in BODIES if plans(query)[1].in_place is not None}
    assert found == set(BODIES) - {"query ($x: Boolean!) { one { id name @include(if: $x) } }"}


def test_types_whose_fields_are_alike_share_their_code() -> None:
    source = plans(ALIKE)[1].source
    assert source.count("def ") == 8  # For the root, the thing, a lamp and all others, to copy and in place.
