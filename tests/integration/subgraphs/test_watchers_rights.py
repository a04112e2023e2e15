"""Who watches an object with the same operation as others is told what they may see when it happens, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from identity import Principal, PrincipalKind
from store import Store
from subgraphs.commerce.app import SERVICE
from tests.integration.subgraphs.running import ADA, BOB, RunningService, running

OPERATION = "subscription ($ref: String!) { commerceRunUpdates(objectRef: $ref) { id status } }"
EVE = Principal(PrincipalKind.USER, "eve", "Eve")


@pytest.fixture
async def commerce(store: Store) -> AsyncIterator[RunningService]:
    async with running(store, SERVICE) as service:
        yield service


class Watcher:
    """Notes which runs one caller saw the end of."""

    def __init__(self, commerce: RunningService, who: Principal, ref: str) -> None:
        self.ended: list[str] = []
        self.refused: list[str] = []
        self._told = asyncio.Event()
        self._updates = commerce.watch(OPERATION, {"ref": ref}, who, seconds=30)

    async def run(self) -> None:
        async for result in self._updates:
            if result.errors is not None:
                self.refused = [error.extensions["code"] for error in result.errors]
                return
            seen = result.data["commerceRunUpdates"]
            if seen["status"] == "COMPLETED" and seen["id"] not in self.ended:
                self.ended.append(seen["id"])
                self._told.set()

    async def has(self, run: str) -> None:
        while run not in self.ended:
            self._told.clear()
            await self._told.wait()


async def test_one_operation_shows_each_what_they_may_see(commerce: RunningService) -> None:
    made = await commerce.mutate("createBusiness", "business { id objectRef }", name="Ada's")
    price = {"amount": "1.00", "currency": "EUR"}
    given = {"businessId": made["business"]["id"], "sku": "mug", "name": "Mug", "price": price, "stock": 9}
    good = (await commerce.mutate("createGood", "good { id objectRef }", attributes=[], **given))["good"]

    async def change() -> str:
        payload = await commerce.mutate("adjustStock", "good { stock }", goodId=good["id"], delta=-1)
        return str(payload["run"]["id"])

    roles, ref = commerce.store.collection("identity_roles"), made["business"]["objectRef"]
    viewer = {"_id": f"{ref}#bob", "object_ref": ref, "user_id": "bob", "role": "VIEWER", "deleted": False}
    await roles.insert_one(viewer)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        watchers = ada, bob, eve = [Watcher(commerce, who, good["objectRef"]) for who in (ADA, BOB, EVE)]
        watching = [tasks.create_task(watcher.run()) for watcher in watchers]
        first = await change()
        await asyncio.gather(ada.has(first), bob.has(first))
        await roles.update_one({"_id": viewer["_id"]}, {"$set": {"deleted": True}})
        later = [await change() for _ in range(3)]
        await ada.has(later[-1])
        await roles.update_one({"_id": viewer["_id"]}, {"$set": {"deleted": False}})
        last = await change()
        await asyncio.gather(ada.has(last), bob.has(last))
        for task in watching:
            task.cancel()

    assert {first, *later, last} <= set(ada.ended)
    assert later[0] not in bob.ended
    assert (eve.ended, eve.refused) == ([], ["NOT_FOUND"])
