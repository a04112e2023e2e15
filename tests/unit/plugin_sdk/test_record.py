"""Payloads and answers as records."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_sdk import Link, Record, UserErrors, as_json, checked
from plugin_sdk._json import plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_fields_read_as_attributes_and_items() -> None:
    record = Record({"after": 7, "good": {"id": "g1"}, "sale": None, "lines": [{"quantity": 2}]})
    assert (record.after, record["after"]) == (7, 7)
    assert (record.good.id, record["good"]["id"]) == ("g1", "g1")
    assert record.sale is None
    assert [line.quantity for line in record.lines] == [2]
    assert "good" in record and "before" not in record
    assert list(record) == ["after", "good", "sale", "lines"]


@pytest.mark.parametrize("name", ["items", "keys", "values", "get", "copy", "update", "pop"])
def test_no_field_name_is_hidden_by_a_method(name: str) -> None:
    assert getattr(Record({name: 1}), name) == 1


def test_what_was_not_selected_is_named_with_what_was() -> None:
    record = Record({"good": {"id": "g1", "sku": "A"}}, "payload")
    with pytest.raises(AttributeError, match=r"payload\.good has no 'name'; selected: id, sku"):
        _ = record.good.name
    with pytest.raises(KeyError, match=r"payload has no 'after'; selected: good"):
        record["after"]


def test_a_record_is_read_only() -> None:
    with pytest.raises(AttributeError, match="read-only"):
        Record({}).after = 1


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_a_record_is_its_json(fields: dict[str, object]) -> None:
    assert as_json(Record(fields)) == fields
    assert plain(Record(fields)) == fields
    assert Record(fields) == fields == Record(fields)


class Colour(Enum):
    RED = "RED"


def test_values_of_handlers_become_json() -> None:
    link = Link("o1")
    value = {
        "offer": link,
        "price": Record({"amount": "1.50"}),
        "total": Decimal("3.00"),
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "colour": Colour.RED,
        "tags": ("a", "b"),
    }
    assert json.loads(json.dumps(plain(value))) == {
        "offer": "o1",
        "price": {"amount": "1.50"},
        "total": "3.00",
        "at": "2026-01-02T00:00:00+00:00",
        "colour": "RED",
        "tags": ["a", "b"],
    }


def test_a_value_without_json_is_named() -> None:
    with pytest.raises(TypeError, match="a object has no JSON form"):
        plain({"x": object()})


def test_a_payload_without_errors_is_given_back() -> None:
    data = Record({"updateSellOffer": {"errors": []}}, "data")
    assert checked(data.updateSellOffer) == {"errors": []}


def test_the_errors_of_a_payload_are_raised() -> None:
    data = Record({"updateSellOffer": {"errors": [{"code": "NO", "message": "not now"}]}}, "data")
    with pytest.raises(UserErrors, match=r"data\.updateSellOffer: NO: not now") as caught:
        checked(data.updateSellOffer)
    assert caught.value.codes == {"NO"}
