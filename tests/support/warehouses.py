"""Commerce with one objType more, and flows that add hooks to what is generated for it.

`python -m tests.support.warehouses PORT DATA_DIR` is `izara up` with it; `CODE_FILE` names a file to which the
service's own code at a commit step adds a line. With a third argument, `foreign`, a flow of Supply adds a hook to
those of Commerce, which must not start.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import strawberry

from flows import (
    AddedHook,
    Change,
    CodeHook,
    EngineSettings,
    Flow,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    WriteStep,
    assemble,
)
from flows.graphql import Money, Service, build_schema, to_datetime
from izara.logs import configure_logging
from izara.services import SERVICES
from izara.settings import LogFormat, read_settings
from izara.up import up
from store import VersionedDocument
from subgraphs.commerce.app import SERVICE as COMMERCE
from subgraphs.commerce.documents import TAG, BusinessDocument, OwnedByBusiness, business_ref
from subgraphs.commerce.flows import MUTATIONS
from subgraphs.commerce.mutations import Mutation
from subgraphs.commerce.obj_types import OBJ_TYPES
from subgraphs.commerce.query import Query
from subgraphs.shared import money
from subgraphs.shared.context import SubgraphInfo
from subgraphs.shared.entity import Entity
from subgraphs.shared.money import StoredMoney
from subgraphs.shared.objects import MONEY, NOTE, TEXT, Field, ObjType, Owner, generated_flows, with_generated
from subgraphs.supply.app import SERVICE as SUPPLY
from subgraphs.supply.flows import MUTATIONS as SUPPLY_MUTATIONS

CODE_FILE = "CODE_FILE"
QUICK = EngineSettings(
    run_lease=1_000, delivery_lease=2_000, sweep_interval=200, settle_delay=300, retry_base=100, retry_window=3_000
)
"""Short leases and retries: what takes days elsewhere takes seconds here."""


class WarehouseDocument(OwnedByBusiness):
    """Where goods lie."""

    obj_type: ClassVar[str] = "Warehouse"
    resource: ClassVar[str] = "businesses"
    name: str
    rent: StoredMoney | None = None
    remark: str | None = None

    class Settings:
        name = "commerce_warehouses"


@strawberry.federation.type(keys=["id"], description="Where goods lie.")
class Warehouse(Entity):
    documents = WarehouseDocument

    id: strawberry.ID
    name: str
    rent: Money | None
    remark: str | None
    created_at: datetime

    @classmethod
    def of(cls, document: WarehouseDocument) -> Warehouse:
        return cls(
            id=strawberry.ID(document.id),
            name=document.name,
            rent=money.to_graphql(document.rent) if document.rent else None,
            remark=document.remark,
            created_at=to_datetime(document.created_at),
        )


WAREHOUSE = ObjType(
    WarehouseDocument,
    Warehouse,
    (Field("name", TEXT), Field("rent", MONEY, required=False), Field("remark", NOTE, required=False)),
    Owner(BusinessDocument, "business_id"),
)


@strawberry.type(description="A warehouse has another name.")
class CommerceUpdateWarehouseCommitRenamed:
    warehouse_id: strawberry.ID
    name: str


async def when_renamed(ctx: StepContext[Any], warehouse: WarehouseDocument) -> HookCall | None:
    """Tell the business's plugins of another name, and of nothing else."""
    if "name" not in ctx.params.given:
        return None
    payload = CommerceUpdateWarehouseCommitRenamed(warehouse_id=strawberry.ID(warehouse.id), name=warehouse.name)
    return HookCall([warehouse.owner_ref], payload)


async def no_castles(ctx: StepContext[Any], warehouse: WarehouseDocument | None) -> Refusal | None:
    """A rule of the service."""
    name = getattr(ctx.params, "name", None) or ""
    return Refusal("NO_CASTLE", "A castle is no warehouse.", ("name",)) if "castle" in name.lower() else None


async def write_down(ctx: StepContext[Any], warehouse: WarehouseDocument | None) -> None:
    """What a cache or a notification would do: it learns of the change once it is there."""
    line = "gone" if warehouse is None else warehouse.name
    await asyncio.to_thread(_append, f"{ctx.run_id} {line}\n")


def _append(line: str) -> None:
    with Path(os.environ[CODE_FILE]).open("a", encoding="utf-8") as file:
        file.write(line)


@dataclass(frozen=True)
class CountWarehouses:
    """Of which business."""

    business_id: str


async def unchanged(ctx: StepContext[Any], document: VersionedDocument | None) -> Change | Unchanged:
    """Nothing."""
    return Unchanged()


def adding(*adds: AddedHook | CodeHook) -> Flow[Any]:
    """A flow of Commerce that adds these hooks."""
    step = WriteStep(BusinessDocument, lambda ctx: str(ctx.params.business_id), unchanged)
    return Flow(
        "countWarehouses", CountWarehouses, (step,), lambda params: [business_ref(params.business_id)], adds=adds
    )


@strawberry.type(description="Somebody may say that a warehouse must stay; who says nothing in time has no say.")
class CommerceDeleteWarehouseValidateApproval:
    warehouse_id: strawberry.ID


async def ask_for_approval(ctx: StepContext[Any], warehouse: WarehouseDocument | None) -> HookCall | None:
    """Ask the business's plugins."""
    if warehouse is None:
        return None
    payload = CommerceDeleteWarehouseValidateApproval(warehouse_id=strawberry.ID(warehouse.id))
    return HookCall([warehouse.owner_ref], payload)


APPROVAL = Hook(
    "approval", ("Business",), CommerceDeleteWarehouseValidateApproval, deadline=timedelta(milliseconds=1_500)
)


@strawberry.type(description="Another rent needs two who agree, where there are so many.")
class CommerceUpdateWarehouseValidateVote:
    warehouse_id: strawberry.ID


async def ask_for_votes(ctx: StepContext[Any], warehouse: WarehouseDocument | None) -> HookCall | None:
    """Ask the business's plugins about another rent, and about nothing else."""
    if warehouse is None or "rent" not in ctx.params.given:
        return None
    payload = CommerceUpdateWarehouseValidateVote(warehouse_id=strawberry.ID(warehouse.id))
    return HookCall([warehouse.owner_ref], payload)


@strawberry.type(description="What lies in a warehouse: as many things as its remark says.")
class CommerceUpdateWarehouseCommitCounted:
    warehouse_id: strawberry.ID
    things: str


async def when_counted(ctx: StepContext[Any], warehouse: WarehouseDocument) -> HookCall | None:
    """Tell the business's plugins of a remark such as `count:5`."""
    count = (warehouse.remark or "").partition("count:")[2]
    if not count:
        return None
    payload = CommerceUpdateWarehouseCommitCounted(warehouse_id=strawberry.ID(warehouse.id), things="ü" * int(count))
    return HookCall([warehouse.owner_ref], payload)


COUNTED = Hook("counted", ("Business",), CommerceUpdateWarehouseCommitCounted)
VOTE = Hook("vote", ("Business",), CommerceUpdateWarehouseValidateVote, quorum=2)
RENAMED = Hook("renamed", ("Business",), CommerceUpdateWarehouseCommitRenamed)
ADDING = adding(
    AddedHook("commerce_deleteWarehouse_validate", APPROVAL, ask_for_approval),
    AddedHook("commerce_updateWarehouse_validate", VOTE, ask_for_votes),
    AddedHook("commerce_updateWarehouse_commit", RENAMED, when_renamed),
    AddedHook("commerce_updateWarehouse_commit", COUNTED, when_counted),
    CodeHook("commerce_createWarehouse_validate", no_castles),
    CodeHook("commerce_updateWarehouse_validate", no_castles),
    *(CodeHook(f"commerce_{action}Warehouse_commit", write_down) for action in ("create", "update", "delete")),
)


@strawberry.type
class WarehouseQuery(Query):
    @strawberry.field
    async def warehouse(self, info: SubgraphInfo, id: strawberry.ID) -> Warehouse | None:
        return await Warehouse.resolve_reference(info, id)


def extended() -> Service:
    """Commerce with warehouses."""
    obj_types = (*OBJ_TYPES, WAREHOUSE)
    flows = assemble(TAG, (*MUTATIONS, ADDING), generated=generated_flows(obj_types))
    return replace(
        COMMERCE,
        schema=build_schema(TAG, WarehouseQuery, with_generated(Mutation, obj_types, flows), flows),
        flows=flows,
        documents=(*COMMERCE.documents, WarehouseDocument),
    )


def foreign() -> Service:
    """Supply with a flow that adds a hook to one of Commerce."""
    flow = replace(adding(CodeHook("commerce_createWarehouse_commit", write_down)), tag="countItems")
    return replace(SUPPLY, flows=assemble("supply", (*SUPPLY_MUTATIONS, flow)))


def main() -> None:
    """Run until SIGTERM, without the demo."""
    port, data_dir, *more = sys.argv[1:]
    configure_logging("ERROR", LogFormat.TEXT)
    settings = read_settings(port=int(port), data_dir=data_dir)
    known = {**SERVICES, TAG: extended(), **({"supply": foreign()} if more == ["foreign"] else {})}
    asyncio.run(
        up(
            settings,
            demo=False,
            say=lambda line: print(line, flush=True),  # noqa: T201 (what its test waits for)
            engine_settings=QUICK,
            known=known,
            plugins=("market", "commerce"),
        )
    )


if __name__ == "__main__":
    main()
