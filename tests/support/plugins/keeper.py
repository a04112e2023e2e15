"""A plugin of businesses that have warehouses: it keeps those named `keep…`, and writes down what happens to any.

`RECORDER_FILE` names the file.
"""

import os
from pathlib import Path
from typing import Any

from plugin_sdk import HookContext, Plugin, Reject, as_json
from tests.support.plugins.recorder import append

plugin = Plugin("keeper", name="Keeper", obj_types=["Business"], permissions=["commerce.businesses.read"])


@plugin.hook("commerce_deleteWarehouse_validate_beforeDelete", mode="sync", select="before { name }")
async def before_delete(payload: Any, ctx: HookContext) -> None:
    """Refuse what is kept."""
    if payload.before.name.startswith("keep"):
        raise Reject("KEPT", f"{payload.before.name} stays.")


async def record(payload: Any, ctx: HookContext) -> None:
    """Write it down."""
    said = {"hook": ctx.hook_id, "delivery": ctx.delivery_id, "payload": as_json(payload)}
    append(Path(os.environ["RECORDER_FILE"]), said)


@plugin.hook("commerce_updateWarehouse_commit_counted", select="warehouseId things")
async def counted(payload: Any, ctx: HookContext) -> None:
    """Write down how much there is, and of what."""
    said = {"warehouseId": payload.warehouseId, "count": len(payload.things), "kinds": sorted(set(payload.things))}
    append(Path(os.environ["RECORDER_FILE"]), {"hook": ctx.hook_id, "delivery": ctx.delivery_id, "payload": said})


SELECTIONS = {
    "createWarehouse_commit_created": "warehouseId after { name }",
    "updateWarehouse_commit_updated": "warehouseId before { name } after { name }",
    "updateWarehouse_commit_renamed": "warehouseId name",
    "deleteWarehouse_commit_deleted": "warehouseId before { name }",
}
for _hook, _select in SELECTIONS.items():
    plugin.hook(f"commerce_{_hook}", select=_select)(record)

if __name__ == "__main__":
    plugin.run()
