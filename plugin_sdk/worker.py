"""A plugin at work: its subscriptions, its handlers and their answers, from start to drain."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import UTC, datetime

import aiohttp

from plugin_sdk._dispatcher import Dispatcher
from plugin_sdk._feed import Feed
from plugin_sdk._http import GraphQLClient
from plugin_sdk._leases import Leases
from plugin_sdk._platform import RemotePlatform
from plugin_sdk._plugin import Plugin
from plugin_sdk._replies import Replies
from plugin_sdk._stopping import or_stopped
from plugin_sdk._token import TokenSource
from plugin_sdk._transient import Transient
from plugin_sdk._tuning import Tuning
from plugin_sdk.config import PluginSettings
from plugin_sdk.errors import DefinitionError
from plugin_sdk.protocol.delivery import Delivery, read_time
from plugin_sdk.protocol.in_hand import InHand
from plugin_sdk.protocol.lease import PlatformClock
from plugin_sdk.protocol.messages import Next
from plugin_sdk.protocol.operations import Heartbeat, HookSelection, ServiceOperations

logger = logging.getLogger("plugin_sdk")


async def work(
    plugin: Plugin,
    settings: PluginSettings,
    stop: asyncio.Event,
    *,
    hurry: asyncio.Event | None = None,
    tuning: Tuning | None = None,
) -> None:
    """Handle a plugin's deliveries until `stop` is set; then take no more and finish what is in hand.

    Args:
        plugin: what to run.
        settings: where and as whom.
        stop: ends the work.
        hurry: ends the grace that handlers have after `stop`.
        tuning: waits and bounds.

    Raises:
        DefinitionError: the plugin has no hooks.
        CredentialsRefused: the platform does not accept the plugin at the first sign-in; later it is asked
            again, for a secret may be rotated under a running worker.
    """
    if not plugin.hooks:
        raise DefinitionError(f"plugin {plugin.tag!r} has no hooks, so there is nothing to run")
    tuning = tuning or Tuning()
    services = service_operations(plugin)
    endpoints = settings.endpoints
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=tuning.call_within)) as session:
        tokens = TokenSource(session, endpoints.token, settings.client_id, settings.client_secret)
        await _sign_in(tokens, tuning, stop)
        client = GraphQLClient(session, endpoints.graphql, tokens, tuning.call_within)
        in_hand, clock = InHand(), PlatformClock()
        replies = Replies(client, services)
        leases = Leases(in_hand, replies, clock)
        platform = RemotePlatform(client, leases, tuning)
        worker = f"{plugin.tag}-{uuid.uuid4().hex[:12]}"
        async with asyncio.TaskGroup() as tasks:
            dispatcher = Dispatcher(plugin, in_hand, replies, leases, platform, tuning, tasks)
            inbox = _Inbox(dispatcher, clock)
            leave = asyncio.Event()
            feeds = [
                tasks.create_task(
                    Feed(endpoints.websocket, service, worker, tokens, tuning, inbox.put, dispatcher.keep).run(leave)
                )
                for service in services.values()
            ]
            await stop.wait()
            await dispatcher.keep()
            dispatcher.close()
            leave.set()
            await asyncio.wait(feeds)
            await dispatcher.drain(tuning.grace, hurry or asyncio.Event())


def service_operations(plugin: Plugin) -> dict[str, ServiceOperations]:
    """The documents a plugin subscribes and replies with, by service."""
    hooks: dict[str, list[HookSelection]] = {}
    for definition in plugin.hooks:
        hooks.setdefault(definition.service, []).append(HookSelection(definition.hook_id, definition.selection))
    return {service: ServiceOperations(service, selections) for service, selections in hooks.items()}


class _Inbox:
    """Sorts what the subscriptions bring."""

    def __init__(self, dispatcher: Dispatcher, clock: PlatformClock) -> None:
        self._dispatcher = dispatcher
        self._clock = clock

    def put(self, service: ServiceOperations, result: Next) -> None:
        message = service.read(result)
        match message:
            case Delivery():
                self._dispatcher.take(message)
            case Heartbeat(at=str(at)):
                self._heartbeat(at)
            case Heartbeat():
                pass
            case _:
                logger.error("%s hooks: %s", service.service, message.problem)

    def _heartbeat(self, at: str) -> None:
        try:
            self._clock.heard(read_time(at), datetime.now(UTC))
        except ValueError:
            logger.warning("heartbeat with the time %r", at)


async def _sign_in(tokens: TokenSource, tuning: Tuning, stop: asyncio.Event) -> None:
    backoff = tuning.backoff()
    while not stop.is_set():
        try:
            await or_stopped(tokens.get(), stop)
        except Transient as error:
            logger.warning("cannot sign in yet: %s", error)
        else:
            return
        await or_stopped(asyncio.sleep(backoff.next()), stop)
