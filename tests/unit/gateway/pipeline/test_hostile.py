"""Requests made to hold the gateway up: each ends with a code, or is answered, and others get their turns meanwhile."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import Any

import orjson
import pytest
from graphql import parse

from bench.gateway.hostile import hostile_graph, hostile_requests
from gateway.app import create_gateway
from gateway.config import GatewayConfig, Limits
from gateway.pipeline.errors import LimitExceeded, ParseFailed, RequestError
from gateway.pipeline.params import params_of_body
from gateway.pipeline.parse import parse_document
from gateway.pipeline.plan_cache import PlannedOperation
from gateway.pipeline.planning import PlanningThread
from gateway.pipeline.validate import validate_document
from gateway.planner import plan_operation
from gateway.serving import Lane
from gateway.serving.head import Head
from gateway.subscriptions.port import Client
from gateway.supergraph import load_supergraph
from gateway.wire.json import loads

TEXT = hostile_graph()
GRAPH = load_supergraph(TEXT)
REQUESTS = dict(hostile_requests())

ANSWERED = ""
CODES = {
    "fragments for millions": "PLAN_BUDGET_EXCEEDED",
    "fragments that merge": "PLAN_BUDGET_EXCEEDED",
    "2,900 introspections": ANSWERED,
    "90 schemas": "INTROSPECTION_FAILED",
    "1,000 schemas": "PLAN_BUDGET_EXCEEDED",
    "1,800 fragments": "LIMIT_EXCEEDED",
    "1,500 fragments in a row": "LIMIT_EXCEEDED",
    "one field 190 times": "LIMIT_EXCEEDED",
    "fields that overlap": "LIMIT_EXCEEDED",
    "a list of 40,000": "LIMIT_EXCEEDED",
    "2,500 variables declared": "GRAPHQL_VALIDATION_FAILED",
    "14,000 unknown fields": "GRAPHQL_VALIDATION_FAILED",
}
AT_ONCE = {
    "nested 3,000 deep": "GRAPHQL_PARSE_FAILED",
    "lists nested deeply": "GRAPHQL_PARSE_FAILED",
    "90,000 aliases": "LIMIT_EXCEEDED",
    "a string of 1 MB": "LIMIT_EXCEEDED",
    "commas, 1.9 MB": "LIMIT_EXCEEDED",
    "list of 200,000 as variable": "LIMIT_EXCEEDED",
    "JSON nested deeply": "BAD_REQUEST",
}
TURNS = 20


def ask(lane: Lane, body: bytes) -> asyncio.Future[Any]:
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    lane.answer(Head(0, "application/json", Client({})), body, lambda _, sent: answer.set_result(loads(sent)))
    return answer


async def answered(name: str) -> tuple[set[str], int]:
    """The codes of the answer, and how many turns the loop had until it came."""
    gateway = create_gateway(GatewayConfig(supergraph=TEXT))
    async with gateway.running():
        await gateway.wait_ready()
        answer = ask(gateway.lane("/graphql"), REQUESTS[name])
        turns = 0
        while not answer.done():
            await asyncio.sleep(0)
            turns += 1
        errors = answer.result().get("errors") or ()
        return {error["extensions"]["code"] for error in errors}, turns


@pytest.mark.parametrize("name", CODES)
async def test_the_loop_has_turns_while_a_hostile_request_is_looked_at(name: str) -> None:
    codes, turns = await answered(name)
    assert codes == ({CODES[name]} - {ANSWERED})
    assert turns >= TURNS


@pytest.mark.parametrize("name", AT_ONCE)
async def test_what_is_seen_to_be_too_much_is_refused_at_once(name: str) -> None:
    codes, _ = await answered(name)
    assert codes == {AT_ONCE[name]}


@pytest.mark.parametrize(
    ("limits", "query"), [(Limits(text=20), "{ " + "a " * 10 + "}"), (Limits(tokens=20), "{ " + "a " * 30 + "}")]
)
def test_limits_of_a_document_say_what_to_do(limits: Limits, query: str) -> None:
    with pytest.raises(LimitExceeded, match=r"20.*send values as variables"):
        parse_document(query, limits)


def test_a_document_may_have_as_many_tokens_as_the_limit_says() -> None:
    assert parse_document("{ a b }", Limits(tokens=4)).definitions
    with pytest.raises(LimitExceeded):
        parse_document("{ a b c }", Limits(tokens=4))


def test_a_document_is_read_as_the_library_reads_it() -> None:
    text = '# one\n{ a: b(c: [1, "x"]) # two\n ...F } # three\nfragment F on T { d }'
    read, expected = parse_document(text, Limits()), parse(text)
    assert read.to_dict(locations=True) == expected.to_dict(locations=True)


def test_where_a_document_is_wrong_is_told() -> None:
    with pytest.raises(ParseFailed) as caught:
        parse_document("{ a\n  b( }", Limits())
    [error] = caught.value.errors()
    assert error["locations"] == [{"line": 2, "column": 6}]


def test_reading_and_validating_leave_next_to_nothing_to_the_collector() -> None:
    """Else everything that was noted of a large document would wait for a pass over the whole heap."""
    query = orjson.loads(REQUESTS["fields that overlap"])["query"]
    gc.collect()
    gc.disable()
    try:
        document = parse_document(query, Limits())
        assert gc.collect() == 0
        with suppress(LimitExceeded):
            validate_document(GRAPH.api_schema, document, query, introspection=True)
        assert gc.collect() < 6_000, "of more than 100,000 objects"
        plan_operation(GRAPH, parse_document("{ node { f0 n0 { f0 f1 f2 } } }", Limits()))
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_what_was_made_of_a_refused_document_goes_at_once() -> None:
    gateway = create_gateway(GatewayConfig(supergraph=TEXT))
    async with gateway.running():
        await gateway.wait_ready()
        lane = gateway.lane("/graphql")
        gc.collect()
        gc.disable()
        try:
            answer = await ask(lane, REQUESTS["14,000 unknown fields"])
            assert answer["errors"]
            assert gc.collect() < 2_000, "of the document's 40,000 objects"
        finally:
            gc.enable()


@pytest.mark.parametrize("stage", ["read", "validated"])
def test_reading_and_validating_end_when_their_time_is_up(stage: str) -> None:
    class TimeIsUp(RequestError):
        pass

    def pause() -> None:
        raise TimeIsUp("at once")

    query = "{ node { " + "f0 f1 f2 f3 " * 150 + "} }"
    with pytest.raises(TimeIsUp):
        if stage == "read":
            parse_document(query, Limits(), pause)
        else:
            validate_document(GRAPH.api_schema, parse_document(query, Limits()), query, introspection=True, pause=pause)


def planned(query: str) -> PlannedOperation:
    return PlannedOperation(None, plan_operation(GRAPH, parse(query)), compiles=True)


@pytest.mark.parametrize(
    ("query", "compiles"),
    [
        ("{ node { f0 } }", True),
        ("{ node { " + " ".join(f"a{n}: f0" for n in range(500)) + " } }", False),
        ("{ __schema { types { name } } }", False),
        ("{ node { f0 } __type(name: \"Node\") { name } }", False),
    ],
)  # fmt: skip
def test_what_would_hold_the_loop_when_it_is_compiled_is_not(query: str, compiles: bool) -> None:
    operation = planned(query)
    assert operation.compiled() is None
    assert (operation.compiled() is not None) is compiles


async def test_large_variables_are_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    started = 0
    original = PlanningThread.start

    def start(self: PlanningThread, work: Any) -> Any:
        nonlocal started
        started += 1
        return original(self, work)

    monkeypatch.setattr(PlanningThread, "start", start)
    gateway = create_gateway(GatewayConfig(supergraph=TEXT))
    query = "query ($ids: [ID!]) { things(ids: $ids) { __typename } }"
    async with gateway.running():
        await gateway.wait_ready()
        lane = gateway.lane("/graphql")
        counts = []
        for ids in (["1"], ["1"], ["1"] * 2_000, [1.5] * 2_000):
            answer = await ask(lane, orjson.dumps({"query": query, "variables": {"ids": ids}}))
            counts.append(started)
        assert counts == [1, 1, 2, 3]
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_what_is_in_strings_is_no_value() -> None:
    text = orjson.dumps({"query": "{ a }", "variables": {"text": 'a,"[{\\' * 60_000}})
    assert len(params_of_body(text, Limits().values).variables["text"]) == 360_000
    with pytest.raises(LimitExceeded, match="several requests"):
        params_of_body(orjson.dumps({"query": "{ a }", "variables": {"list": [""] * 50_001}}), 50_000)


def test_where_a_document_is_invalid_is_told() -> None:
    with pytest.raises(RequestError) as caught:
        validate_document(GRAPH.api_schema, parse_document("{ nothing }", Limits()), "{ nothing }", introspection=True)
    [error] = caught.value.errors()
    assert error["locations"] == [{"line": 1, "column": 3}]
