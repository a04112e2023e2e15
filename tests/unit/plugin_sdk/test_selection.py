"""Aliases that keep the selections of several hooks apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graphql import ExecutionResult, FieldNode, build_schema, execute, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.messages import Next
from plugin_sdk.protocol.operations import HookSelection, ServiceOperations
from plugin_sdk.protocol.selection import prune, read_selection, unalias
from tests.support.scripted.schema import scripted_schema

NAMES = st.from_regex(r"[a-z][A-Za-z0-9_]{0,6}", fullmatch=True)


@st.composite
def selections(draw: st.DrawFn, depth: int = 2) -> str:
    """Text of a selection: fields, aliases, nesting, inline fragments."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["field", "alias", "nested", "fragment"] if depth else ["field", "alias"]))
        match kind:
            case "field":
                parts.append(draw(NAMES))
            case "alias":
                parts.append(f"{draw(NAMES)}: {draw(NAMES)}")
            case "nested":
                parts.append(f"{draw(NAMES)} {{ {draw(selections(depth - 1))} }}")
            case _:
                parts.append(f"... {{ {draw(selections(depth - 1))} }}")
    return " ".join(parts)


@settings(deadline=None)
@given(selections())
def test_every_outermost_response_name_has_the_prefix_and_no_other_changes(text: str) -> None:
    selection = read_selection(text)
    aliased = read_selection(selection.aliased("h3_"))
    assert aliased.response_names() == {f"h3_{name}" for name in selection.response_names()}
    assert _depths(aliased.nodes) == _depths(selection.nodes)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.integers()), st.integers(0, 12))
def test_unaliasing_takes_back_what_aliasing_did(fields: dict[str, int], index: int) -> None:
    prefix = f"h{index}_"
    aliased = {f"{prefix}{name}": value for name, value in fields.items()}
    assert unalias({"__typename": "T", **aliased}, prefix) == fields


@settings(max_examples=30, deadline=None)
@given(st.lists(selections(depth=1), min_size=2, max_size=4))
def test_selections_of_several_hooks_never_share_a_response_name(texts: list[str]) -> None:
    names = [
        read_selection(read_selection(text).aliased(f"h{index}_")).response_names() for index, text in enumerate(texts)
    ]
    assert len(frozenset.union(*names)) == sum(map(len, names))


@settings(deadline=None)
@given(selections())
def test_pruning_keeps_what_is_selected_and_nothing_else(text: str) -> None:
    selection = read_selection(text)
    kept = prune(selection, {**dict.fromkeys(selection.response_names(), 1), "notSelected_": 2})
    assert set(kept) == selection.response_names()


def test_pruning_goes_deep_and_merges() -> None:
    selection = read_selection("good { id } lines { quantity } ... { good { sku } }")
    value = {"good": {"id": 1, "sku": 2, "name": 3}, "lines": [{"quantity": 1, "total": 2}], "after": 7}
    assert prune(selection, value) == {"good": {"id": 1, "sku": 2}, "lines": [{"quantity": 1}]}


HOOKS = [
    HookSelection("commerce_adjustStock_commit_stockChanged", read_selection("before after good { id sku }")),
    HookSelection(
        "commerce_setPrice_commit_priceChanged",
        read_selection(
            "before { amount } now: after { amount currency } ... on CommerceSetPriceCommitPriceChanged"
            " { good { price { amount } } }"
        ),
    ),
    HookSelection("commerce_adjustStock_validate_beforeStockChange", read_selection("")),
]


def test_the_documents_of_a_service_are_valid() -> None:
    """Fields of one name differ in type between the payloads; GraphQL's own validation is the judge."""
    schema, operations = scripted_schema(), ServiceOperations("commerce", HOOKS)
    assert validate(schema, parse(operations.subscription)) == []
    assert validate(schema, parse(operations.reply)) == []


def test_what_a_server_answers_reads_in_the_authors_names() -> None:
    operations = ServiceOperations("commerce", HOOKS)
    message = {
        "__typename": "CommerceHookDelivery",
        "id": "d1",
        "hookId": HOOKS[1].hook_id,
        "mode": "ASYNC",
        "attempt": 2,
        "seq": 5,
        "deadline": "2026-01-01T00:00:30Z",
        "replay": False,
        "connections": [],
        "payload": {
            "__typename": "CommerceSetPriceCommitPriceChanged",
            "before": {"amount": "1"},
            "after": {"amount": "2", "currency": "EUR"},
            "good": ValueError("broken"),
        },
    }
    result = execute(
        scripted_schema(),
        parse(operations.subscription),
        root_value={"commerceHooks": message},
        variable_values=operations.variables("w", 4),
    )
    assert isinstance(result, ExecutionResult)
    delivery = operations.read(Next("1", result.data, tuple(e.formatted for e in result.errors or ())))
    assert isinstance(delivery, Delivery)
    assert delivery.payload == {
        "before": {"amount": "1"},
        "now": {"amount": "2", "currency": "EUR"},
        "good": None,
    }
    assert [(error.message, error.path) for error in delivery.broken] == [("broken", ("good",))]
    assert (delivery.attempt, delivery.seq) == (2, 5)
    assert delivery.deadline == datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


def test_a_line_of_the_document_tells_its_hook() -> None:
    operations = ServiceOperations("commerce", HOOKS)
    lines = operations.subscription.splitlines()
    at = {name: next(n for n, line in enumerate(lines, 1) if name in line) for name in ("h0_good", "h1_now")}
    assert operations.hook_at(at["h0_good"]) == HOOKS[0].hook_id
    assert operations.hook_at(at["h1_now"]) == HOOKS[1].hook_id
    assert operations.hook_at(1) is None
    assert operations.hook_at(len(lines)) is None


def test_an_argument_and_a_directive_stay() -> None:
    schema = build_schema("type Query { goods(first: Int): [Int] }")
    aliased = read_selection("goods(first: 3) @include(if: true)").aliased("h0_")
    assert validate(schema, parse(f"{{ {aliased} }}")) == []
    assert "first: 3" in aliased and "@include(if: true)" in aliased


def _depths(nodes: Any) -> Any:
    """The nested response names below the outermost ones."""
    return [
        [(child.alias or child.name).value for child in node.selection_set.selections if isinstance(child, FieldNode)]
        for node in nodes
        if isinstance(node, FieldNode) and node.selection_set
    ]
