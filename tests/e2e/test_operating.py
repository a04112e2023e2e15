"""An operator's commands on a running Izara."""

from __future__ import annotations

import asyncio
import json

from tests.e2e import IN_STACK
from tests.support.stack import Stack, said

pytestmark = IN_STACK
HOOK = "commerce_adjustStock_commit_stockChanged"


async def test_operating_a_running_izara(stack: Stack) -> None:
    at = ("--url", stack.base)
    (_, runs), (_, deliveries), redriven, missing, nobody = await asyncio.gather(
        said("runs", "list", "--limit", "2", "--service", "commerce", "--status", "COMPLETED", "--json", *at),
        said("deliveries", "list", "--status", "DEAD", "--plugin", "market", "--service", "commerce", "--json", *at),
        said(
            *("deliveries", "redrive", "--all", "--object", "commerce:Good:x", "--hook", HOOK, "--json", *at),
            *("--error-code", "lease_lost", "--since", "2026-01-01", "--until", "2026-01-02T03:04:05"),
        ),
        said("deliveries", "redrive", "nope", *at),
        said("runs", "list", "--user", "nobody", *at),
    )
    found = json.loads(runs.rpartition("\n")[0])
    assert [item["service"] for item in found] == ["commerce", "commerce"]
    shown = json.loads((await said("runs", "show", found[0]["id"], "--json", *at))[1])
    assert shown == found[0]
    assert await said("runs", "show", "nope", *at) == (1, "izara: there is no run 'nope' that you may see")
    assert all((item["status"], item["plugin"]["tag"]) == ("DEAD", "market") for item in json.loads(deliveries))
    assert redriven[0] == 0
    assert (missing[0], "error NOT_FOUND: There is no delivery 'nope'" in missing[1]) == (1, True)
    assert nobody == (0, "there are no such runs")
