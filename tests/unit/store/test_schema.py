"""Indexes as they are declared and as they are created."""

from typing import Any

import pytest

from store import Index
from store.schema import effective_indexes, fingerprint


def test_an_index_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Index(())


@pytest.mark.parametrize("partial", [{"deleted": False}, {"sku": {"$exists": True}}, {"other": {"$type": "string"}}])
def test_a_unique_index_with_a_filter_that_the_embedded_server_drops_is_refused(partial: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unique index on owner, sku cannot have the filter"):
        Index((("owner", 1), ("sku", 1)), unique=True, partial=partial)


def test_a_unique_index_leaves_null_out() -> None:
    index = Index((("owner", 1), ("ref", -1)), unique=True, partial={"ref": {"$type": "string"}})
    assert index.options["unique"] is True
    assert index.options["name"] == "unique_owner_1_ref_-1"
    assert set(index.options["partialFilterExpression"]) == {"owner", "ref"}
    assert index.options["partialFilterExpression"]["ref"] == {"$type": "string"}


def test_other_indexes_take_any_filter() -> None:
    index = Index((("state", 1),), partial={"state": "open"}, name="open")
    assert index.options == {"name": "open", "partialFilterExpression": {"state": "open"}}


COMPOUND = Index((("a", 1), ("b", 1)))
UNIQUE = Index((("a", 1), ("c", 1)), unique=True)
SINGLE = Index((("a", 1),))


@pytest.mark.parametrize(
    ("wanted", "compound_used", "added"),
    [
        ([COMPOUND], True, []),
        ([COMPOUND], False, [SINGLE]),
        ([UNIQUE], True, [SINGLE]),
        ([UNIQUE, COMPOUND], True, []),
        ([UNIQUE, COMPOUND], False, [SINGLE]),
        ([SINGLE, COMPOUND], False, []),
        ([Index((("_id", 1), ("b", 1)))], True, []),
    ],
)
def test_leading_fields_get_an_index_where_no_other_serves_them(
    wanted: list[Index], compound_used: bool, added: list[Index]
) -> None:
    effective = effective_indexes({"c": wanted}, compound_used=compound_used)
    assert effective == [("c", index) for index in [*wanted, *added]]


def test_a_compound_index_that_names_the_id_is_left_out_where_it_would_break_inserts() -> None:
    ordered = Index((("a", 1), ("_id", 1)))
    assert effective_indexes({"c": [ordered]}, compound_used=True) == [("c", ordered)]
    assert effective_indexes({"c": [ordered]}, compound_used=False) == [("c", SINGLE)]


def test_an_index_of_a_list_is_one_of_its_places_where_no_other_leads_to_its_values() -> None:
    listed = Index((("a", 1), ("b", 1), ("c", 1)), listed=True)
    assert effective_indexes({"c": [listed]}, compound_used=True) == [("c", listed)]
    effective = effective_indexes({"c": [SINGLE, listed]}, compound_used=False)
    assert [index.fields for _, index in effective] == [
        ("a[0]", "b", "c"),
        ("a[1]", "b", "c"),
        ("a[2]", "b", "c"),
        ("a[3]", "b", "c"),
        ("a",),
    ]


def test_fingerprints_differ_with_the_indexes_and_not_with_their_order() -> None:
    assert fingerprint([("c", SINGLE), ("c", UNIQUE)]) == fingerprint([("c", UNIQUE), ("c", SINGLE)])
    assert fingerprint([("c", SINGLE)]) != fingerprint([("d", SINGLE)])
    assert fingerprint([("c", SINGLE)]) != fingerprint([("c", COMPOUND)])
