"""What a hook declaration is, and the checks it passes while the plugin is imported."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from plugin_sdk._context import HookContext
from plugin_sdk.errors import DefinitionError, HookDefinitionError
from plugin_sdk.protocol.selection import Selection, SelectionError, read_selection

Handler = Callable[[Any, HookContext], Awaitable[Any]]
Mode = Literal["async", "sync"]
OnFailure = Literal["fail", "continue"]
OnDead = Literal["block", "skip"]

TAG = re.compile(r"[a-z][A-Za-z0-9]*")
HOOK_ID = re.compile(r"[a-z][A-Za-z0-9]*(?:_[a-z][A-Za-z0-9]*){3}")
PERMISSION = re.compile(r"[a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*\.(?:read|write)|admin")
MOST_IN_FLIGHT = 1000
DEFAULT_LIMIT = timedelta(minutes=10)


@dataclass(frozen=True)
class HookDefinition:
    """One hook that a plugin handles.

    Attributes:
        timeout: how long one handler may take; None leaves the platform's default for the hook, and ends
            a handler here after ten minutes, because one that hangs holds back its object's later hooks.
    """

    hook_id: str
    handler: Handler
    mode: Mode
    selection: Selection
    before: tuple[str, ...]
    after: tuple[str, ...]
    on_failure: OnFailure
    on_dead: OnDead
    timeout: timedelta | None
    echoes: bool

    @property
    def service(self) -> str:
        """The tag of the service that the hook belongs to."""
        return self.hook_id.split("_", 1)[0]

    @property
    def vetoes(self) -> bool:
        """Whether the handler may reject or amend: only before the write."""
        return self.hook_id.split("_")[2] == "validate"

    @property
    def limit(self) -> timedelta:
        """After how long a handler is ended."""
        return self.timeout or DEFAULT_LIMIT


def define_hook(
    hook_id: str,
    handler: Handler,
    *,
    mode: Mode,
    select: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    on_failure: OnFailure,
    on_dead: OnDead,
    timeout: timedelta | None,
    echoes: bool,
) -> HookDefinition:
    """Check a declaration and make it a definition.

    Raises:
        HookDefinitionError: names the hook, what is wrong, and for `select` the position in it.
    """
    if not isinstance(hook_id, str) or not HOOK_ID.fullmatch(hook_id):
        raise HookDefinitionError(
            str(hook_id), "expected service_flow_step_hook, e.g. commerce_adjustStock_commit_stockChanged"
        )
    _check_choice(hook_id, "mode", mode, ("async", "sync"))
    _check_choice(hook_id, "on_failure", on_failure, ("fail", "continue"))
    _check_choice(hook_id, "on_dead", on_dead, ("block", "skip"))
    for tag in (*before, *after):
        if not TAG.fullmatch(tag):
            raise HookDefinitionError(hook_id, f"before and after name plugin tags; {tag!r} is none")
    if timeout is not None and timeout <= timedelta(0):
        raise HookDefinitionError(hook_id, f"timeout is {timeout}; it has to be positive")
    _check_handler(hook_id, handler)
    try:
        selection = read_selection(select)
    except SelectionError as error:
        raise HookDefinitionError(hook_id, f"select: {error}") from None
    return HookDefinition(
        hook_id=hook_id,
        handler=handler,
        mode=mode,
        selection=selection,
        before=before,
        after=after,
        on_failure=on_failure,
        on_dead=on_dead,
        timeout=timeout,
        echoes=echoes,
    )


def check_tag(tag: str) -> None:
    """Raises DefinitionError where a plugin's tag is none."""
    if not TAG.fullmatch(tag):
        raise DefinitionError(f"plugin tag {tag!r}: expected letters and digits, a small letter first")


def check_permissions(tag: str, permissions: tuple[str, ...]) -> None:
    """Raises DefinitionError for the first permission that has not the shape of one."""
    for permission in permissions:
        if not PERMISSION.fullmatch(permission):
            raise DefinitionError(
                f"plugin {tag!r}: permission {permission!r}: expected service.resource.read or .write"
            )


def check_bound(tag: str, max_in_flight: int | None) -> None:
    """Raises DefinitionError for a bound that is none."""
    if max_in_flight is None:
        return
    whole = isinstance(max_in_flight, int) and not isinstance(max_in_flight, bool)
    if not whole or not 1 <= max_in_flight <= MOST_IN_FLIGHT:
        raise DefinitionError(
            f"plugin {tag!r}: max_in_flight is {max_in_flight!r}; expected from 1 to {MOST_IN_FLIGHT}, or None"
        )


def _check_choice(hook_id: str, name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise HookDefinitionError(hook_id, f"{name} is {value!r}; expected one of {', '.join(choices)}")


def _check_handler(hook_id: str, handler: object) -> None:
    name = getattr(handler, "__name__", repr(handler))
    if not callable(handler) or not inspect.iscoroutinefunction(handler):
        raise HookDefinitionError(hook_id, f"{name} has to be an async function")
    try:
        inspect.signature(handler).bind(object(), object())
    except TypeError as error:
        raise HookDefinitionError(hook_id, f"{name} has to take (payload, ctx): {error}") from None
