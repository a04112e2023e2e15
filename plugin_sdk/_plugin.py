"""The plugin: a tag, what it may do, and its hooks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from plugin_sdk._definition import (
    Handler,
    HookDefinition,
    Mode,
    OnDead,
    OnFailure,
    check_bound,
    check_permissions,
    check_tag,
    define_hook,
)
from plugin_sdk._manifest import manifest
from plugin_sdk.errors import HookDefinitionError

F = TypeVar("F", bound=Handler)


class Plugin:
    """A plugin under construction: declare it, decorate its handlers, run it.

    Args:
        tag: its fixed name on the platform, e.g. `market`.
        name: for people; the tag by default.
        permissions: what it needs, each `service.resource.read` or `.write`.
        obj_types: the object types it can be connected to, e.g. `Good`.
        config_schema: JSON Schema of a connection's config.
        max_in_flight: async deliveries that all its workers together may have in hand, over all services; None bounds
            each worker alone (`run`).

    Raises:
        DefinitionError: the tag or a permission has not the right shape, or `max_in_flight` is not from 1 to 1000.
    """

    def __init__(
        self,
        tag: str,
        *,
        name: str | None = None,
        permissions: Sequence[str] = (),
        obj_types: Sequence[str] = (),
        config_schema: Mapping[str, Any] | None = None,
        max_in_flight: int | None = None,
    ) -> None:
        check_tag(tag)
        check_bound(tag, max_in_flight)
        check_permissions(tag, tuple(permissions))
        self.tag = tag
        self.name = name or tag
        self.permissions = tuple(permissions)
        self.obj_types = tuple(obj_types)
        self.config_schema = None if config_schema is None else dict(config_schema)
        self.max_in_flight = max_in_flight
        self._hooks: dict[str, HookDefinition] = {}

    @property
    def hooks(self) -> tuple[HookDefinition, ...]:
        """The hooks declared so far, in order."""
        return tuple(self._hooks.values())

    def definition(self, hook_id: str) -> HookDefinition:
        """The definition of a hook; KeyError where the plugin has none of that id."""
        return self._hooks[hook_id]

    def hook(
        self,
        hook_id: str,
        *,
        mode: Mode = "async",
        select: str = "",
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        on_failure: OnFailure = "fail",
        on_dead: OnDead = "block",
        timeout: timedelta | None = None,
        echoes: bool = False,
    ) -> Callable[[F], F]:
        """Declare the handler of a hook: an async function of (payload, ctx), which stays callable as it is.

        Args:
            hook_id: `service_flow_step_hook`.
            mode: `sync` is answered while the caller of the mutation waits.
            select: the fields of the payload that the handler reads, as GraphQL.
            before, after: tags of plugins that come after, or before, this one on the same hook.
            on_failure: what a sync hook that times out means for the run.
            on_dead: whether later hooks of the object wait for a delivery that was given up.
            timeout: how long one handler may take.
            echoes: whether to be told, too, of what this plugin's own deliveries caused.

        Raises:
            HookDefinitionError: a wrong id, a second handler, a wrong signature or selection.
        """

        def declare(handler: F) -> F:
            if hook_id in self._hooks:
                raise HookDefinitionError(hook_id, f"plugin {self.tag!r} has a handler for it already")
            self._hooks[hook_id] = define_hook(
                hook_id,
                handler,
                mode=mode,
                select=select,
                before=tuple(before),
                after=tuple(after),
                on_failure=on_failure,
                on_dead=on_dead,
                timeout=timeout,
                echoes=echoes,
            )
            return handler

        return declare

    def manifest(self) -> dict[str, Any]:
        """What the registrar is told of this plugin, as JSON (`registerPlugin(input: {manifest})`)."""
        return manifest(self)

    def run(self, *, max_in_flight: int = 16, grace: timedelta = timedelta(seconds=30)) -> None:
        """Run until SIGTERM or SIGINT, then leave the process: 0 after a drain, 1 where it cannot work.

        Reads IZARA_URL, IZARA_CLIENT_ID and IZARA_CLIENT_SECRET. A second signal cuts the grace short.

        Args:
            max_in_flight: deliveries per service that this worker may have in hand at once.
            grace: how long handlers have to finish after the signal; what they do not finish is given back.
        """
        from plugin_sdk._run import main  # a plugin that is only tested needs no network libraries

        sys.exit(main(self, max_in_flight=max_in_flight, grace=grace.total_seconds()))
