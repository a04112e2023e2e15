"""What the gateway is loaded with: the two queries, clean and with what makes them harder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bench.gateway.answers import Query
from bench.gateway.graph import (
    NESTED,
    NESTED_ABSTRACT,
    NESTED_VARIABLES,
    ONE,
    ONE_ABSTRACT,
    ONE_VARIABLES,
    WORLDS,
    world_of,
)
from bench.gateway.load import Load

Vary = Callable[[int], dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """One row of the table. `every` is how many answers of subgraphs there are to one that carries an error."""

    name: str
    load: Load
    every: int = 0


def _nothing(_: int) -> dict[str, Any]:
    return {}


def _id_of(value: Any) -> str:
    first = value[0] if isinstance(value, list) else value
    return str(first.get("id") or first.get("isbn"))


def _verifier(query: str, option: int = 0) -> Callable[[Any], None]:
    """Compares an answer with what one server with all the data would have said."""
    monolith = Query(query, "")

    def verify(answer: Any) -> None:
        if "errors" in answer:
            assert all(error["message"] == "The shelf is locked" for error in answer["errors"]), answer["errors"]
            return
        data = answer["data"]
        worlds = {key: int(world_of(_id_of(value))) for key, value in data.items()}
        variables: dict[str, Any] = {"text": True, "born": False, "first": len(data.get("topBooks", ()))}
        if "opinion" in data:
            variables["id"] = data["opinion"]["id"]
        expected = monolith.expected(variables, worlds)
        assert orjson.dumps(data, option=option) == orjson.dumps(expected, option=option), "a wrong answer"

    return verify


def _load(query: str, vary: Vary = _nothing, option: int = 0) -> Load:
    bodies = [orjson.dumps({"query": query, **vary(number)}) for number in range(WORLDS)]
    return Load(lambda count: bodies[count % WORLDS], _verifier(query, option))


def _missing(query: str, field: str, every: int = 20) -> Load:
    """One request in `every` has a document that was never seen before: an alias that is new."""
    known = orjson.dumps({"query": query})
    verify = _verifier(query)

    def body(count: int) -> bytes:
        if count % every:
            return known
        return orjson.dumps({"query": query.replace(field, f"a{count}: {field}")})

    def check(answer: Any) -> None:
        text = orjson.dumps(answer)
        if b'"a' not in text:
            verify(answer)

    return Load(body, check)


def _first(number: int) -> dict[str, Any]:
    return {"variables": {"first": 1 + number % 5}}


def _opinion(number: int) -> dict[str, Any]:
    return {"variables": {"id": f"{number % WORLDS}-{1 + number % 6}-{1 + number % 2}-r"}}


def _nested_variables(_: int) -> dict[str, Any]:
    return {"variables": {"first": 5, "text": True, "born": False}}


NESTED_IN_ANY_ORDER: Final = _load(NESTED, option=orjson.OPT_SORT_KEYS)
"""For the hand-written program, which does not keep the order of fields."""

NESTED_CLEAN: Final = Scenario("nested", _load(NESTED))
ONE_CLEAN: Final = Scenario("one fetch", _load(ONE))
HARDER_NESTED: Final = (
    Scenario("nested, 1 % errors and nulls", _load(NESTED), 100),
    Scenario("nested, variables", _load(NESTED_VARIABLES, _nested_variables)),
    Scenario("nested, abstract types", _load(NESTED_ABSTRACT)),
    Scenario("nested, 5 % plan misses", _missing(NESTED, "cents")),
)
HARDER_ONE: Final = (
    Scenario("one fetch, 1 % errors and nulls", _load(ONE), 100),
    Scenario("one fetch, variables", _load(ONE_VARIABLES, _first)),
    Scenario("one fetch, abstract types", _load(ONE_ABSTRACT, _opinion)),
    Scenario("one fetch, 5 % plan misses", _missing(ONE, "handle")),
)

__all__ = ["HARDER_NESTED", "HARDER_ONE", "NESTED_CLEAN", "NESTED_IN_ANY_ORDER", "ONE_CLEAN", "Scenario"]
