"""The executor's parts on their own."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.executor.error_log import ErrorLog
from gateway.executor.gather import Gatherer, objects_at
from gateway.executor.merge import apply_renames, merge_object
from gateway.planner.nodes import Cast, EntityCall, Guard, Input, Key, Rename, Target

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES)


@given(OBJECTS)
def test_merging_into_nothing_gives_the_same(source: dict[str, Any]) -> None:
    target: dict[str, Any] = {}
    merge_object(target, source)
    assert target == source


@given(OBJECTS)
def test_merging_twice_changes_nothing(source: dict[str, Any]) -> None:
    target: dict[str, Any] = {}
    merge_object(target, source)
    merge_object(target, source)
    assert target == source


@given(OBJECTS, OBJECTS)
def test_a_null_never_replaces_a_value(target: dict[str, Any], source: dict[str, Any]) -> None:
    known = {key for key, value in target.items() if value is not None}
    merge_object(target, source)
    assert all(target[key] is not None for key in known)


def test_lists_are_merged_item_by_item() -> None:
    target = {"items": [{"a": 1}, None, {"a": 3}]}
    merge_object(target, {"items": [{"b": 1}, {"b": 2}, None]})
    assert target == {"items": [{"a": 1, "b": 1}, {"b": 2}, {"a": 3}]}


def test_renames_reach_through_lists() -> None:
    data = {"found": [[{"_1_x": 1}], {"x": 2}, None]}
    apply_renames(data, (Rename((Key("found"),), "_1_x", "x"),))
    assert data == {"found": [[{"x": 1}], {"x": 2}, None]}


def _call(*targets: Target) -> EntityCall:
    return EntityCall("_entities", "representations", targets)


def test_paths_go_through_lists_and_types() -> None:
    data = {"found": [{"__typename": "A", "x": {"n": 1}}, None, [{"__typename": "B", "x": {"n": 2}}]]}
    path = (Key("found"), Cast(frozenset({"B"})), Key("x"))
    assert list(objects_at(data, path)) == [({"n": 2}, ("found", 2, 0, "x"))]


def test_values_of_different_types_are_different_entities() -> None:
    """In Python `1 == True == 1.0`; for a subgraph they are three."""
    data = {"items": [{"id": 1}, {"id": True}, {"id": 1.0}, {"id": "1"}, {"id": 1}, {"id": 2**70}]}
    batch = Gatherer({}).batch(data, _call(Target((Key("items"),), "T", (Input("id", "id"),))))
    assert [item["id"] for item in batch.representations] == [1, True, 1.0, "1", 2**70]
    assert [len(waiting) for waiting in batch.waiting] == [2, 1, 1, 1, 1]


def test_null_is_sent_and_absent_is_not() -> None:
    target = Target((Key("items"),), "T", (Input("id", "id", nullable=False), Input("x", "x")))
    data = {"items": [{"id": 1, "x": None}, {"id": 2}, {"id": None, "x": 1}]}
    batch = Gatherer({}).batch(data, _call(target))
    assert batch.representations == [{"__typename": "T", "id": 1, "x": None}]


def test_inputs_under_an_unmet_condition_are_left_out() -> None:
    guarded = Input("x", "x", guards=(Guard("on", True),))
    target = Target((), "T", (Input("id", "id"), guarded))
    for on, expected in ((True, {"__typename": "T", "id": 1, "x": 2}), (False, {"__typename": "T", "id": 1})):
        assert Gatherer({"on": on}).batch({"id": 1, "x": 2}, _call(target)).representations == [expected]


def test_inputs_by_type_follow_the_runtime_type() -> None:
    inputs = (
        Input("__typename", "__typename"),
        Input("a", "a", types=frozenset({"A"})),
        Input("b", "b", types=frozenset({"B"})),
    )
    target = Target((), "T", (Input("of", "of", inputs=inputs),))
    data = {"of": [{"__typename": "A", "a": 1}, {"__typename": "B", "b": 2}, None]}
    (representation,) = Gatherer({}).batch(data, _call(target)).representations
    assert representation["of"] == [{"__typename": "A", "a": 1}, {"__typename": "B", "b": 2}, None]


@given(st.lists(st.sampled_from("abc"), max_size=4), st.lists(st.sampled_from("abc"), max_size=4))
def test_an_error_covers_what_lies_above_and_below_it(reported: list[str], asked: list[str]) -> None:
    log = ErrorLog(mask=False)
    assert not log.covers(tuple(asked))
    log.add("x", "X", path=tuple(reported))
    shared = min(len(reported), len(asked))
    assert log.covers(tuple(asked)) is (reported[:shared] == asked[:shared])
