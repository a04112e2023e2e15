"""A plugin that writes down every delivery it handled, one JSON object a line, in the order it did.

`RECORDER_FILE` names the file. `python -m tests.support.plugins.recorder [TAG [MODE]]`: under a tag of its own, so
that several can be connected to one object; async unless told otherwise. With `RECORDER_FAILS` set it fails every
delivery instead. With `RECORDER_GATE` it says that it holds a delivery, and waits with it until that file is there;
`RECORDER_MOST` is how many it takes at once.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from plugin_sdk import HookContext, Plugin, as_json

SELECTIONS = {
    "commerce_adjustStock_commit_stockChanged": "goodId before after delta reason",
    "commerce_setPrice_commit_priceChanged": "goodId after { amount currency }",
    "commerce_updateGoodAttributes_commit_attributesChanged": "goodId attributes { name value }",
}


def make_recorder(
    tag: str = "recorder", hooks: Sequence[str] = tuple(SELECTIONS), mode: Literal["sync", "async"] = "async"
) -> Plugin:
    """A recorder of that tag."""
    plugin = Plugin(tag, name=f"Recorder ({tag})", obj_types=["Good"])

    async def record(payload: Any, ctx: HookContext) -> None:
        if os.environ.get("RECORDER_FAILS"):
            raise RuntimeError("this recorder is broken")
        if gate := os.environ.get("RECORDER_GATE"):
            print(f"holding {ctx.delivery_id}", flush=True)  # noqa: T201
            while not Path(gate).exists():  # noqa: ASYNC110, ASYNC240 (another process makes it)
                await asyncio.sleep(0.02)
        append(
            Path(os.environ["RECORDER_FILE"]),
            {
                "plugin": tag,
                "deliveryId": ctx.delivery_id,
                "hookId": ctx.hook_id,
                "attempt": ctx.attempt,
                "seq": ctx.seq,
                "connections": [connection.id for connection in ctx.connections],
                "causeRunId": ctx.cause.run_id if ctx.cause else None,
                "payload": as_json(payload),
                "at": time.time(),
            },
        )

    for hook_id in hooks:
        plugin.hook(hook_id, mode=mode, select=SELECTIONS[hook_id])(record)
    return plugin


def append(path: Path, line: dict[str, Any]) -> None:
    """Add a line that is there even if the process is killed right after."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def recorded(path: Path) -> list[dict[str, Any]]:
    """The lines so far; a last line that is not finished yet is left out."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


plugin = make_recorder()

if __name__ == "__main__":
    own_tag = sys.argv[1] if len(sys.argv) > 1 else plugin.tag
    recorder = make_recorder(own_tag, mode="sync" if sys.argv[2:] == ["sync"] else "async")
    recorder.run(max_in_flight=int(os.environ.get("RECORDER_MOST", "16")))
