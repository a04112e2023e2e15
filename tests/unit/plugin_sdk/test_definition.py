"""Declaring plugins and hooks: what is recorded, and what is refused while the module is imported."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin_sdk import DefinitionError, HookContext, HookDefinitionError, Plugin

STOCK = "commerce_adjustStock_commit_stockChanged"


async def handler(payload: Any, ctx: HookContext) -> None: ...


def test_the_decorator_returns_the_function_untouched() -> None:
    plugin = Plugin("market")
    assert plugin.hook(STOCK, select="after")(handler) is handler
    definition = plugin.definition(STOCK)
    assert (definition.handler, definition.service, definition.mode) == (handler, "commerce", "async")
    assert not definition.vetoes


def test_validate_hooks_veto() -> None:
    plugin = Plugin("floor")
    plugin.hook("commerce_adjustStock_validate_beforeStockChange", mode="sync")(handler)
    assert plugin.hooks[0].vetoes


@pytest.mark.parametrize(
    "hook_id",
    ["", "stockChanged", "commerce_adjustStock_commit", f"{STOCK}_x", "Commerce_a_b_c", "commerce_a__c"],
)
def test_a_hook_id_has_four_tags(hook_id: str) -> None:
    with pytest.raises(HookDefinitionError, match="expected service_flow_step_hook"):
        Plugin("market").hook(hook_id)(handler)


def test_a_hook_has_one_handler() -> None:
    plugin = Plugin("market")
    plugin.hook(STOCK)(handler)
    with pytest.raises(HookDefinitionError, match=f"'{STOCK}': plugin 'market' has a handler for it"):
        plugin.hook(STOCK)(handler)


async def too_few(payload: Any) -> None: ...


async def too_many(payload: Any, ctx: Any, more: Any) -> None: ...


async def by_name(payload: Any, *, ctx: Any) -> None: ...


@pytest.mark.parametrize("bound", [0, -1, 1001, 1.5, 4.0, True, "4"])
def test_a_bound_is_a_whole_number_of_one_at_least(bound: Any) -> None:
    with pytest.raises(DefinitionError, match=f"plugin 'market': max_in_flight is {bound!r}; expected from 1 to 1000"):
        Plugin("market", max_in_flight=bound)
    assert Plugin("market", max_in_flight=4).manifest()["maxInFlight"] == 4


@pytest.mark.parametrize("wrong", [too_few, too_many, by_name])
def test_a_handler_takes_payload_and_context(wrong: Any) -> None:
    with pytest.raises(HookDefinitionError, match=rf"{wrong.__name__} has to take \(payload, ctx\)"):
        Plugin("market").hook(STOCK)(wrong)


def test_a_handler_is_async() -> None:
    def blocking(payload: Any, ctx: Any) -> None: ...

    with pytest.raises(HookDefinitionError, match="blocking has to be an async function"):
        Plugin("market").hook(STOCK)(blocking)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"mode": "parallel"}, "mode is 'parallel'; expected one of async, sync"),
        ({"on_failure": "ignore"}, "on_failure is 'ignore'"),
        ({"on_dead": "drop"}, "on_dead is 'drop'"),
        ({"timeout": timedelta(0)}, "timeout is 0:00:00; it has to be positive"),
        ({"before": ["Not A Tag"]}, "'Not A Tag' is none"),
        ({"select": "good { id"}, "select: line "),
        ({"select": "good {\n  id(\n}"}, "select: line 3, column 1: "),
        ({"select": "good { id } }"}, "select: "),
        ({"select": "after ...Fields"}, "select: line 1, column 7: named fragment ...Fields"),
        ({"select": "good(id: $id) { id }"}, "select: line 1, column 10: variable $id"),
    ],
)
def test_a_wrong_option_names_the_hook_and_itself(option: dict[str, Any], told: str) -> None:
    with pytest.raises(HookDefinitionError) as caught:
        Plugin("market").hook(STOCK, **option)(handler)
    assert caught.value.hook_id == STOCK
    assert str(caught.value).startswith(f"hook '{STOCK}': ")
    assert told in str(caught.value)


@pytest.mark.parametrize("tag", ["", "Market", "my_market", "1st", "my-market"])
def test_a_plugin_tag_has_the_shape_of_a_tag(tag: str) -> None:
    with pytest.raises(DefinitionError, match="plugin tag"):
        Plugin(tag)


@pytest.mark.parametrize("permission", ["goods", "commerce.goods", "commerce.goods.delete", "*"])
def test_a_permission_has_the_shape_of_one(permission: str) -> None:
    with pytest.raises(DefinitionError, match=r"expected service\.resource\.read or \.write"):
        Plugin("market", permissions=["commerce.goods.read", permission])


def test_the_manifest_has_the_shape_of_the_contract() -> None:
    plugin = Plugin(
        "market",
        name="Izara Market",
        permissions=["commerce.goods.read"],
        obj_types=["Good"],
        config_schema={"type": "object"},
    )
    plugin.hook(STOCK, select="after", after=["supply"], timeout=timedelta(seconds=2))(handler)
    plugin.hook(
        "commerce_adjustStock_validate_beforeStockChange",
        mode="sync",
        before=["discount"],
        on_failure="continue",
        on_dead="skip",
        echoes=True,
    )(handler)
    assert plugin.manifest() == {
        "tag": "market",
        "name": "Izara Market",
        "objTypes": ["Good"],
        "configSchema": {"type": "object"},
        "maxInFlight": None,
        "permissions": ["commerce.goods.read"],
        "hooks": [
            {
                "id": STOCK,
                "mode": "ASYNC",
                "before": [],
                "after": ["supply"],
                "onFailure": "FAIL",
                "onDead": "BLOCK",
                "timeoutMs": 2000,
                "echoes": False,
            },
            {
                "id": "commerce_adjustStock_validate_beforeStockChange",
                "mode": "SYNC",
                "before": ["discount"],
                "after": [],
                "onFailure": "CONTINUE",
                "onDead": "SKIP",
                "timeoutMs": None,
                "echoes": True,
            },
        ],
    }
