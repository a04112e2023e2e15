"""Generated flows on a real store: what they write, whom they ask and tell, and what is added to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.outcomes import Complete, Outcome, Reject
from store import Store
from tests.integration.subgraphs.running import ADA, BOB, RunningService, plugin, running
from tests.support.warehouses import CODE_FILE, extended

RENT = {"amount": "900", "currency": "EUR"}
HOOKS = {
    f"commerce_{action}Warehouse_{step}_{hook}": "ASYNC" if step == "commit" else "SYNC"
    for action, hooks in {
        "create": ("beforeCreate", "created"),
        "update": ("beforeUpdate", "updated"),
        "delete": ("beforeDelete", "deleted"),
    }.items()
    for step, hook in zip(("validate", "commit"), hooks, strict=True)
} | {"commerce_updateWarehouse_commit_renamed": "ASYNC"}
SUBSCRIPTION = """subscription { commerceHooks(worker: "w") { ... on CommerceHookDelivery { id attempt hookId payload {
    ... on CommerceCreateWarehouseValidateBeforeCreate { after { name } }
    ... on CommerceCreateWarehouseCommitCreated { after { name } warehouse { name } }
    ... on CommerceUpdateWarehouseValidateBeforeUpdate { before { name } after { name rent { amount } } }
    ... on CommerceUpdateWarehouseCommitUpdated { before { name } after { name rent { amount } } }
    ... on CommerceUpdateWarehouseCommitRenamed { warehouseId name }
    ... on CommerceDeleteWarehouseValidateBeforeDelete { before { name } warehouse { name } }
    ... on CommerceDeleteWarehouseCommitDeleted { before { name } } } } } }"""


@pytest.fixture
async def commerce(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningService]:
    """Commerce with warehouses."""
    monkeypatch.setenv(CODE_FILE, str(tmp_path / "code.txt"))
    async with running(store, extended()) as service:
        yield service


async def a_business(commerce: RunningService) -> str:
    """A business of ada's; gives its id."""
    return str((await commerce.mutate("createBusiness", "business { id }", name="Ada's"))["business"]["id"])


async def build(commerce: RunningService, business: str, **given: Any) -> dict[str, Any]:
    """The payload of a new warehouse."""
    values: dict[str, Any] = {"businessId": business, "name": "North", **given}
    made: dict[str, Any] = await commerce.mutate(
        "createWarehouse", "warehouse { id name rent { amount currency } remark }", **values
    )
    return made


def written(tmp_path: Path) -> list[str]:
    """What the service's own code wrote down, without runs."""
    file = tmp_path / "code.txt"
    return [line.partition(" ")[2] for line in file.read_text().splitlines()] if file.exists() else []


async def test_an_object_is_made_changed_and_deleted(commerce: RunningService, tmp_path: Path) -> None:
    business = await a_business(commerce)
    made = await build(commerce, business, name="  North ", rent=RENT)
    assert (made["errors"], made["run"]["status"]) == ([], "COMPLETED")
    id = made["warehouse"]["id"]
    assert made["warehouse"] == {"id": id, "name": "North", "rent": RENT, "remark": None}
    selection = "warehouse { name rent { amount } remark }"
    changed = await commerce.mutate("updateWarehouse", selection, warehouseId=id, remark="wet", rent=None)
    assert changed["warehouse"] == {"name": "North", "rent": None, "remark": "wet"}
    same = await commerce.mutate("updateWarehouse", selection, warehouseId=id, remark="wet")
    assert (same["errors"], same["warehouse"]) == ([], changed["warehouse"])
    gone = await commerce.mutate("deleteWarehouse", "warehouseId", warehouseId=id)
    assert (gone["errors"], gone["warehouseId"]) == ([], id)
    assert await commerce.ask("query ($id: ID!) { warehouse(id: $id) { name } }", {"id": id}) == {"warehouse": None}
    again = await commerce.mutate("deleteWarehouse", "warehouseId", warehouseId=id)
    assert [error["code"] for error in again["errors"]] == ["NOT_FOUND"]
    # The service's own code heard of each change, not of the one that changed nothing.
    assert written(tmp_path) == ["North", "North", "gone"]


@pytest.mark.parametrize(
    ("field", "given", "code", "path"),
    [
        ("createWarehouse", {"name": " "}, "BLANK", ["name"]),
        ("createWarehouse", {"name": "A", "rent": {**RENT, "amount": "-1"}}, "NEGATIVE", ["rent", "amount"]),
        ("createWarehouse", {"name": "My Castle"}, "NO_CASTLE", ["name"]),
        ("createWarehouse", {"name": "A", "businessId": "none"}, "NOT_FOUND", ["businessId"]),
        ("updateWarehouse", {}, "EMPTY", None),
        ("updateWarehouse", {"name": None}, "NULL", ["name"]),
        ("updateWarehouse", {"name": ""}, "BLANK", ["name"]),
        ("updateWarehouse", {"name": "castle"}, "NO_CASTLE", ["name"]),
        ("updateWarehouse", {"name": "B", "warehouseId": "none"}, "NOT_FOUND", ["warehouseId"]),
        ("deleteWarehouse", {"warehouseId": "none"}, "NOT_FOUND", ["warehouseId"]),
    ],
)
async def test_wrong_input_is_told_by_field(
    commerce: RunningService, tmp_path: Path, field: str, given: dict[str, Any], code: str, path: Any
) -> None:
    business = await a_business(commerce)
    if field == "createWarehouse":
        given = {"businessId": business, **given}
    else:
        given = {"warehouseId": (await build(commerce, business))["warehouse"]["id"], **given}
    before = written(tmp_path)
    refused = await commerce.mutate(field, "run { id }", **given)
    assert [(error["code"], error["field"]) for error in refused["errors"]] == [(code, path)]
    assert written(tmp_path) == before


async def test_rights_are_those_of_the_owner(commerce: RunningService) -> None:
    business = await a_business(commerce)
    id = (await build(commerce, business))["warehouse"]["id"]
    for field, given in (
        ("createWarehouse", {"businessId": business, "name": "Mine"}),
        ("updateWarehouse", {"warehouseId": id, "name": "Mine"}),
        ("deleteWarehouse", {"warehouseId": id}),
    ):
        refused = await commerce.mutate(field, "run { id }", BOB, None, **given)
        assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"], field
    assert await commerce.ask("query ($id: ID!) { warehouse(id: $id) { name } }", {"id": id}, BOB) == {
        "warehouse": None
    }


async def test_the_same_key_makes_one(commerce: RunningService, tmp_path: Path) -> None:
    business = await a_business(commerce)
    values: dict[str, Any] = {"businessId": business, "name": "North"}
    first, second = [await commerce.mutate("createWarehouse", "warehouse { id }", ADA, "k", **values) for _ in range(2)]
    assert first["warehouse"] == second["warehouse"]
    assert written(tmp_path) == ["North"]


async def attend(commerce: RunningService, count: int, **answers: Outcome) -> list[tuple[str, Any]]:
    """What a plugin with every permission is told, until so many deliveries are answered."""
    seen: list[tuple[str, Any]] = []
    reader = replace(plugin("keeper"), scopes=frozenset({"commerce.businesses.read"}))
    async for result in commerce.watch(SUBSCRIPTION, {}, reader):
        assert result.errors is None, result.errors
        delivery = result.data["commerceHooks"]
        if "hookId" in delivery:
            tag = delivery["hookId"].rpartition("_")[2]
            seen.append((tag, delivery["payload"]))
            outcome = answers.get(tag, Complete())
            assert await commerce.engine.reply("keeper", delivery["id"], delivery["attempt"], outcome) == []
        if len(seen) == count:
            break
    return seen


async def test_plugins_are_asked_and_told_at_every_hook(commerce: RunningService) -> None:
    business = await a_business(commerce)
    ref = f"commerce:Business:{business}"
    await commerce.connect("keeper", [ref], ref, HOOKS)
    await commerce.authorize("keeper", ref, "commerce.businesses.read")
    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(attend(commerce, 7))
        id = (await build(commerce, business))["warehouse"]["id"]
        await commerce.mutate("updateWarehouse", "run { id }", warehouseId=id, name="South", rent=RENT)
        await commerce.mutate("deleteWarehouse", "run { id }", warehouseId=id)
    south = {"name": "South", "rent": {"amount": "900"}}
    assert [item for item in told.result() if item[0].startswith("before")] == [
        ("beforeCreate", {"after": {"name": "North"}}),
        ("beforeUpdate", {"before": {"name": "North"}, "after": south}),
        ("beforeDelete", {"before": {"name": "South"}, "warehouse": {"name": "South"}}),
    ]
    after = [item for item in told.result() if not item[0].startswith("before")]
    assert [tag for tag, _ in after] == ["created", "updated", "renamed", "deleted"]
    assert after[1:] == [
        ("updated", {"before": {"name": "North"}, "after": south}),
        ("renamed", {"warehouseId": id, "name": "South"}),
        ("deleted", {"before": {"name": "South"}}),
    ]


async def test_a_plugin_vetoes_and_an_added_hook_calls_whom_it_says(commerce: RunningService) -> None:
    business = await a_business(commerce)
    id = (await build(commerce, business))["warehouse"]["id"]
    ref = f"commerce:Business:{business}"
    vetoing = {id: mode for id, mode in HOOKS.items() if id.endswith(("beforeDelete", "renamed"))}
    await commerce.connect("keeper", [ref], ref, vetoing)
    await commerce.authorize("keeper", ref, "commerce.businesses.read")
    # A change of something else does not call the added hook.
    other = await commerce.mutate("updateWarehouse", "run { id }", warehouseId=id, remark="dry")
    assert other["run"]["status"] == "COMPLETED"
    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(attend(commerce, 1, beforeDelete=Reject("IN_USE", "goods lie there")))
        kept = await commerce.mutate("deleteWarehouse", "warehouseId", warehouseId=id)
    assert (kept["run"]["status"], [error["code"] for error in kept["errors"]]) == ("REJECTED", ["IN_USE"])
    assert [tag for tag, _ in told.result()] == ["beforeDelete"]
    found = await commerce.ask("query ($id: ID!) { warehouse(id: $id) { remark } }", {"id": id})
    assert found == {"warehouse": {"remark": "dry"}}


async def test_types_of_the_demo_have_what_is_not_written_by_hand(commerce: RunningService) -> None:
    business = await a_business(commerce)
    named = await commerce.mutate("updateBusiness", "business { name }", businessId=business, name="Ada's Tea")
    assert named["business"] == {"name": "Ada's Tea"}
    buyer: dict[str, Any] = {"businessId": business, "name": "Carol", "email": "carol@example.org"}
    customer = (await commerce.mutate("createCustomer", "customer { id }", **buyer))["customer"]["id"]
    renamed = await commerce.mutate("updateCustomer", "customer { name email }", customerId=customer, name="Caro")
    assert renamed["customer"] == {"name": "Caro", "email": "carol@example.org"}
    gone = await commerce.mutate("deleteCustomer", "customerId", customerId=customer)
    assert gone["customerId"] == customer
    back = await commerce.mutate("createCustomer", "customer { name }", **buyer)
    assert (back["errors"], back["customer"]) == ([], {"name": "Carol"})
