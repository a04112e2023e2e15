"""From a flow that concerns a user to a call of the address that they gave."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp

from plugin_sdk import HookContext, Plugin, Retry
from plugins.agent.watched import hook_ids

logger = logging.getLogger(__name__)

LINK = "notify"
TOO_MANY = 429
TIMEOUT = aiohttp.ClientTimeout(total=20)
SELECTION = "runId flow submitterId ownerRef objectRefs"

plugin = Plugin("agent", name="Izara Agent", obj_types=["User"])


async def submitted(payload: Any, ctx: HookContext) -> None:
    """Tell the user's address; an answer that is no success fails the delivery, which is then tried again."""
    if LINK not in ctx.links:
        logger.info(
            "%s: %s by %s, run %s", ctx.connections[0].object_ref, ctx.hook_id, payload.submitterId, payload.runId
        )
        return
    await call(str(ctx.links[LINK]), ctx.delivery_id, notice(payload, ctx))


def notice(payload: Any, ctx: HookContext) -> dict[str, Any]:
    """What the address is told."""
    return {
        "hook": ctx.hook_id,
        "as": ROLES[ctx.hook_id],
        "user": ctx.connections[0].object_id,
        "service": ctx.hook_id.partition("_")[0],
        "flow": payload.flow,
        "run": payload.runId,
        "submitter": payload.submitterId,
        "ownerRef": payload.ownerRef,
        "objectRefs": list(payload.objectRefs),
    }


async def call(url: str, key: str, body: dict[str, Any]) -> None:
    """POST a notice as JSON. It can come again: its `Idempotency-Key` is the same then.

    Raises:
        Retry: the address is asked too much now, and says when to come back.
        aiohttp.ClientError: there was no answer, or one that says it was not taken.
    """
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
        session.post(url, json=body, headers={"Idempotency-Key": key}, allow_redirects=False) as answer,
    ):
        if answer.status == TOO_MANY:
            raise Retry.as_told(answer.headers.get("Retry-After"), f"{url} answered {answer.status}")
        if not answer.ok or answer.status >= 300:
            raise aiohttp.ClientError(f"{url} answered {answer.status}")


ROLES = dict(hook_ids())

for _hook_id in ROLES:
    plugin.hook(_hook_id, select=SELECTION, on_dead="skip")(submitted)
