"""Requests with arguments that contexts set, made of data that are as they should not be, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.executor.contextual import ask
from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import Gatherer
from gateway.planner.nodes import ContextCall, ContextFetch, EntityCall, Guard, Input, Key, Setter, Target

BELOW = Setter(1, None, (Input("unit", "unit"),))
TARGET = Target((Key("shops"), Key("offers")), "Offer", (Input("id", "id"),), ((BELOW,),))
CALL = ContextCall(
    EntityCall("_e", "r", (TARGET,)), ("{price(unit: ", ") @skip(if: $on)}"), (0,), ("String",), frozenset({"on"})
)
FETCH = ContextFetch("s", (CALL,), ("$on: Boolean",), ("on",), "c")


def _shop(unit: Any, *ids: str) -> dict[str, Any]:
    return {"unit": unit, "offers": [{"id": each} for each in ids]}


def _asked(fetch: ContextFetch, log: ErrorLog, *shops: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    asked = ask(fetch, {"shops": list(shops)}, Gatherer({}), log)
    return None if asked is None else (asked.request.query, asked.values)


def test_values_that_json_tells_apart_make_groups_of_their_own() -> None:
    found = _asked(FETCH, ErrorLog(False), _shop(1, "a"), _shop(True, "b"), _shop("1", "c"), _shop(1, "d", "a"))
    assert found is not None
    query, values = found
    assert query == (
        "query($c0_0: String, $r0: [_Any!]!, $c1_0: String, $r1: [_Any!]!, $c2_0: String, $r2: [_Any!]!, $on: Boolean)"
        "{_e0: _entities(representations: $r0){price(unit: $c0_0) @skip(if: $on)} "
        "_e1: _entities(representations: $r1){price(unit: $c1_0) @skip(if: $on)} "
        "_e2: _entities(representations: $r2){price(unit: $c2_0) @skip(if: $on)}}"
    )
    assert [values["c0_0"], values["c1_0"], values["c2_0"]] == [1, True, "1"]
    assert [[item["id"] for item in values[name]] for name in ("r0", "r1", "r2")] == [["a", "d"], ["b"], ["c"]]


def test_null_is_a_value_unless_the_argument_must_not_be_null() -> None:
    assert _asked(FETCH, ErrorLog(False), _shop(None, "a")) is not None
    strict = replace(FETCH, calls=(replace(CALL, arguments=("String!",)),))
    assert _asked(strict, ErrorLog(False), _shop(None, "a")) is None


def test_what_is_absent_because_of_an_error_excuses_what_needs_it() -> None:
    log = ErrorLog(False)
    log.add("no answer", "SUBGRAPH_TIMEOUT", "t", ("shops", 0, "unit"))
    assert _asked(FETCH, log, {"offers": [{"id": "a"}]}) is None
    assert log.covers(("shops", 0, "offers", 0, "price"))


def test_what_is_absent_without_an_error_stays_to_be_told() -> None:
    log = ErrorLog(False)
    assert _asked(FETCH, log, {"offers": [{"id": "a"}]}) is None
    assert not log.covers(("shops", 0, "offers", 0, "price"))


def test_the_first_object_above_that_sets_the_context_counts() -> None:
    above = replace(BELOW, depth=0)
    typed = replace(BELOW, types=frozenset({"Shop"}))
    fetch = replace(
        FETCH, calls=(replace(CALL, call=replace(CALL.call, targets=(replace(TARGET, contexts=((typed, above),)),))),)
    )
    data = {"unit": "far", "shops": [{"__typename": "Shop", **_shop("near", "a")}, _shop("not this", "b")]}
    asked = ask(fetch, data, Gatherer({}), ErrorLog(False))
    assert asked is not None
    assert [asked.values["c0_0"], asked.values["c1_0"]] == ["near", "far"]


def test_a_call_whose_condition_is_not_met_asks_nothing() -> None:
    fetch = replace(FETCH, calls=(replace(CALL, call=replace(CALL.call, guards=(Guard("on", True),))),))
    assert _asked(fetch, ErrorLog(False), _shop("kg", "a")) is None


def test_variables_of_calls_that_ask_nothing_are_not_declared() -> None:
    nobody = replace(TARGET, path=(Key("fairs"),), contexts=((replace(BELOW, depth=0),),))
    call = ContextCall(EntityCall("_e", "r", (nobody,)), ("{name(of: $of)}",), variables=frozenset({"of"}))
    fetch = ContextFetch("s", (call, CALL), ("$of: ID", "$on: Boolean"), ("of", "on"), "c")
    asked = ask(fetch, {"shops": [_shop("kg", "a")]}, Gatherer({}), ErrorLog(False))
    assert asked is not None
    assert asked.request.variables == ("on",)
    assert asked.request.query == (
        "query($c0_0: String, $r0: [_Any!]!, $on: Boolean)"
        "{_e0: _entities(representations: $r0){price(unit: $c0_0) @skip(if: $on)}}"
    )
