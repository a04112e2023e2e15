"""Ids, JSON, order of plugins, cursors and fingerprints."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.codec import from_json, to_json
from flows.connected import HookSettings, hook_settings, in_order, settings_for
from flows.graphql.pages import check_first, decode_cursor, encode_cursor
from flows.ids import hash_id, hook_id, object_ref, payload_type_name
from flows.outbox import entry_key
from flows.records import ConnectionSnapshot
from flows.submit import sorted_json
from identity import CodedError

TEXT = st.text(max_size=20)


class Colour(Enum):
    """Some enum."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Line:
    """A part of an order."""

    price: Decimal
    count: int
    colour: Colour | None = None


@dataclass(frozen=True)
class Order:
    """Everything that parameters are made of."""

    name: str
    lines: list[Line]
    stock: dict[str, int]
    paid: bool = False
    note: str | None = None
    labels: list[str] = field(default_factory=list)


MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
LINES = st.builds(Line, MONEY, st.integers(), st.none() | st.sampled_from(Colour))
ORDERS = st.builds(
    Order, TEXT, st.lists(LINES, max_size=4), st.dictionaries(TEXT, st.integers()), st.booleans(), st.none() | TEXT
)


@given(ORDERS)
def test_parameters_survive_json(order: Order) -> None:
    encoded = to_json(order)
    assert from_json(Order, encoded) == order
    assert to_json(from_json(Order, encoded)) == encoded
    assert only_json(encoded)


def only_json(value: Any) -> bool:
    """Whether the value is plain JSON, money as strings."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and only_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(only_json(item) for item in value)
    return value is None or isinstance(value, str | int | bool)


@pytest.mark.parametrize(
    ("broken", "place"),
    [({"name": "a"}, "lines"), ({"name": "a", "lines": [{"price": "1", "count": "x"}], "stock": {}}, "count")],
)
def test_json_that_does_not_fit_names_the_field(broken: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        from_json(Order, broken)


@given(st.lists(TEXT), st.lists(TEXT))
def test_ids_are_the_same_for_the_same_parts_alone(some: list[str], others: list[str]) -> None:
    assert (hash_id(*some) == hash_id(*others)) == (some == others)
    assert len(hash_id(*some)) == 24 and set(hash_id(*some)) <= set(string.hexdigits)


def test_refs_and_hook_ids_are_spelled_as_the_design_says() -> None:
    assert object_ref("commerce", "Good", "1") == "commerce:Good:1"
    assert hook_id("commerce", "adjustStock", "commit", "done") == "commerce_adjustStock_commit_done"
    assert payload_type_name("commerce_adjustStock_commit_done") == "CommerceAdjustStockCommitDone"


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 99)), min_size=2))
def test_outbox_entries_sort_by_version_and_place(entries: list[tuple[int, int]]) -> None:
    keys = [entry_key(version, position, "r") for version, position in entries]
    assert sorted(keys) == [entry_key(version, position, "r") for version, position in sorted(entries)]


def settings(before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> HookSettings:
    """A manifest's entry with these wishes."""
    return hook_settings({"id": "h", "mode": "SYNC", "before": before, "after": after})


def test_plugins_come_in_their_declared_order_and_ties_by_tag() -> None:
    assert in_order({"b": settings(), "a": settings(), "c": settings(before=("a",))}) == ["b", "c", "a"]
    assert in_order({"a": settings(after=("c", "unknown")), "c": settings(), "b": settings()}) == ["b", "c", "a"]
    assert in_order({"b": settings(before=("a",)), "a": settings(before=("b",))}) == ["a", "b"]


TAGS = st.sampled_from("abcdef")


@given(st.dictionaries(TAGS, st.tuples(st.frozensets(TAGS), st.frozensets(TAGS))))
def test_every_plugin_comes_once_and_wishes_that_can_all_hold_do(wishes: dict[str, tuple[Any, Any]]) -> None:
    # Wishes along the alphabet alone have no cycle.
    plugins = {
        tag: settings(
            tuple(item for item in sorted(before) if item > tag), tuple(item for item in sorted(after) if item < tag)
        )
        for tag, (before, after) in wishes.items()
    }
    order = in_order(plugins)
    assert sorted(order) == sorted(plugins)
    for tag, item in plugins.items():
        assert all(order.index(tag) < order.index(other) for other in item.before if other in plugins)
        assert all(order.index(other) < order.index(tag) for other in item.after if other in plugins)


def test_a_manifest_entry_has_defaults() -> None:
    item = hook_settings({"id": "h", "mode": "ASYNC"})
    assert (item.on_failure, item.on_dead, item.timeout_ms, item.echoes) == ("FAIL", "BLOCK", 60_000, False)


@given(st.integers(-(2**53), 2**53), TEXT)
def test_cursors_hold_their_place(created_at: int, id: str) -> None:
    assert decode_cursor(encode_cursor(created_at, id)) == (created_at, id)


def test_a_cursor_with_a_number_that_no_store_takes_is_bad_input() -> None:
    with pytest.raises(CodedError, match="not a cursor"):
        decode_cursor(encode_cursor(2**64, "id"))


@given(st.text())
def test_what_is_no_cursor_is_bad_input_and_never_a_fault(text: str) -> None:
    try:
        decode_cursor(text)
    except CodedError as error:
        assert error.code == "BAD_USER_INPUT" and "after" in error.message


@pytest.mark.parametrize("first", [0, -1, 101])
def test_first_is_within_bounds(first: int) -> None:
    with pytest.raises(CodedError, match="first: must be from 1 to 100"):
        check_first(first)
    assert check_first(100) == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: Any) -> Any:
    """The value with the keys of its objects the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(JSON)
def test_equal_inputs_have_equal_fingerprints(value: Any) -> None:
    assert repr(sorted_json(value)) == repr(sorted_json(shuffled(value)))
    assert sorted_json(value) == value


@pytest.mark.parametrize(
    ("manifest", "connections", "stands"),
    [
        ("FAIL", [None, None], "FAIL"),
        ("CONTINUE", [None], "CONTINUE"),
        ("FAIL", ["CONTINUE"], "CONTINUE"),
        ("CONTINUE", ["CONTINUE", "FAIL"], "FAIL"),
        ("FAIL", ["CONTINUE", None], "FAIL"),
        ("CONTINUE", [None, "CONTINUE"], "CONTINUE"),
    ],
)
def test_the_stricter_policy_stands_where_one_delivery_is_about_several_connections(
    manifest: str, connections: list[str | None], stands: str
) -> None:
    asked = hook_settings({"id": "h", "mode": "SYNC", "on_failure": manifest})
    of = [
        ConnectionSnapshot(id=f"o{n}#p", object_ref=f"o{n}", plugin_tag="p", on_failure=policy)
        for n, policy in enumerate(connections)
    ]
    assert settings_for(asked, of).on_failure == stands
