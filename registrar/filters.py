"""What a filter may say: a name that nothing has would select nothing, without a word.

Services, hooks and plugins are known to everybody who is signed in. Objects are not: of their refs only the form is
looked at, and what the caller may not see is selected as what there never was.
"""

from __future__ import annotations

from typing import Any

from flows.ids import split_ref
from identity import CodedError
from registrar.context import RegistrarContext
from registrar.documents import HOOKS, PLUGINS
from registrar.refs import CONNECTABLE, BadObjectRef, parse_object_ref
from store import translate_errors


async def check_names(
    context: RegistrarContext, *, service: str | None = None, plugin_tag: str | None = None, hook_id: str | None = None
) -> None:
    """Raise CodedError BAD_USER_INPUT for a service, plugin or hook that there is not and never was."""
    if service is not None and not await _has_service(context, service):
        raise unknown("service", service, f"there are {', '.join(await _services(context))}")
    if plugin_tag is not None and not await _has(context, PLUGINS, {"_id": plugin_tag}):
        raise unknown("pluginTag", plugin_tag, "see `plugins`")
    if hook_id is not None and not await _has(context, HOOKS, {"_id": hook_id}):
        raise unknown("hookId", hook_id, "see `hooks`")


def check_connectable(name: str, ref: str | None) -> None:
    """Raise CodedError BAD_USER_INPUT for a ref that no connection can have.

    Args:
        name: of the argument, for the message.
    """
    try:
        if ref is not None:
            parse_object_ref(ref)
    except BadObjectRef as error:
        raise CodedError("BAD_USER_INPUT", f"{name}: {error}") from error


def check_ref(ref: str) -> None:
    """Raise CodedError BAD_USER_INPUT for what is no object ref; runs are about objects of any type."""
    try:
        split_ref(ref)
    except ValueError as error:
        raise CodedError("BAD_USER_INPUT", f"filter.objectRef: {error}") from error


def unknown(name: str, value: str, way_out: str) -> CodedError:
    """What is told of a name that nothing has."""
    return CodedError("BAD_USER_INPUT", f"{name}: there is no {value[:100]!r}; {way_out}")


async def _has_service(context: RegistrarContext, service: str) -> bool:
    return service in BUILT_IN or await _has(context, HOOKS, {"service": service})


async def _services(context: RegistrarContext) -> list[str]:
    with translate_errors():
        rows = await context.store.collection(HOOKS).find({}, {"service": 1}).to_list()
    return sorted(BUILT_IN | {row["service"] for row in rows})


async def _has(context: RegistrarContext, collection: str, where: dict[str, Any]) -> bool:
    """Tombstones count: what is gone has left deliveries and runs."""
    with translate_errors():
        return await context.store.collection(collection).find_one(where, {"_id": 1}) is not None


BUILT_IN = frozenset(item.service for item in CONNECTABLE.values())
