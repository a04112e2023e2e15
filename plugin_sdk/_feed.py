"""The subscription of one service, kept up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from plugin_sdk._stopping import or_stopped
from plugin_sdk._token import TokenSource
from plugin_sdk._transient import UNAUTHENTICATED, Transient
from plugin_sdk._tuning import Tuning
from plugin_sdk.errors import CredentialsRefused, ErrorDetail
from plugin_sdk.protocol.messages import SUBPROTOCOL, BadMessage, CloseCode, Next, encode, parse
from plugin_sdk.protocol.operations import ServiceOperations
from plugin_sdk.protocol.subscriber import LEAVE_WITHIN, Ending, State, Subscriber

logger = logging.getLogger("plugin_sdk")

LARGEST_MESSAGE = 16 * 1024 * 1024


class Feed:
    """Connects, subscribes, hands over what arrives, and begins again whenever that ends.

    Args:
        url: the WebSocket endpoint.
        operations: what to subscribe to.
        worker: the name of this worker.
        tokens: what to sign in with.
        tuning: waits.
        on_result: takes each result of the subscription; must not block.
        before_leaving: told the service before its subscription is left to sign in with another token.
    """

    def __init__(
        self,
        url: str,
        operations: ServiceOperations,
        worker: str,
        tokens: TokenSource,
        tuning: Tuning,
        on_result: Callable[[ServiceOperations, Next], None],
        before_leaving: Callable[[str], Awaitable[None]],
    ) -> None:
        self._url = url
        self._operations = operations
        self._worker = worker
        self._tokens = tokens
        self._tuning = tuning
        self._on_result = on_result
        self._before_leaving = before_leaving

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the subscription up until `stop` is set."""
        backoff = self._tuning.backoff()
        heard = False

        def on_result(result: Next) -> None:
            nonlocal heard
            heard = True
            self._on_result(self._operations, result)

        while not stop.is_set():
            reason = await or_stopped(self._session(stop, on_result), stop, LEAVE_WITHIN + 1)
            if stop.is_set():
                return
            # A connection that worked ends with each token, which is nothing to worry about; one that does not, is.
            level = logging.INFO if heard else logging.WARNING
            if heard:
                backoff.reset()
                heard = False
            wait = backoff.next()
            logger.log(level, "%s hooks: %s; again in %.1f s", self._operations.service, reason, wait)
            await or_stopped(asyncio.sleep(wait), stop)

    async def _session(self, stop: asyncio.Event, on_result: Callable[[Next], None]) -> str:
        """One connection from begin to end; says why it ended."""
        token = None
        try:
            token = await self._tokens.get()
            async with connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                proxy=None,
                compression=None,
                open_timeout=self._tuning.ack_within,
                close_timeout=1,
                max_size=LARGEST_MESSAGE,
            ) as socket:
                ending = await self._pump(socket, self._subscriber(token), stop, on_result)
                await socket.close(ending.code, ending.reason)
                return self._told(ending, token)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else None
            if token is not None and code in (CloseCode.FORBIDDEN, CloseCode.UNAUTHORIZED):
                self._tokens.refused(token)
            told = f"{closed.rcvd.code} {closed.rcvd.reason}".strip() if closed.rcvd else str(closed)
            return f"connection closed ({told})"
        except InvalidStatus as refused:
            if token is not None and refused.response.status_code in (401, 403):
                self._tokens.refused(token)
            return f"{self._url}: HTTP {refused.response.status_code}"
        except (WebSocketException, OSError, TimeoutError) as error:
            return f"{self._url}: {error or type(error).__name__}"
        except (Transient, CredentialsRefused, BadMessage) as error:
            return str(error)

    def _subscriber(self, token: str) -> Subscriber:
        return Subscriber(
            self._operations.subscription,
            self._operations.variables(self._worker, self._tuning.max_in_flight),
            f"Bearer {token}",
            now=asyncio.get_running_loop().time(),
            ack_within=self._tuning.ack_within,
            silent_after=self._tuning.silent_after,
        )

    async def _pump(
        self,
        socket: ClientConnection,
        subscriber: Subscriber,
        stop: asyncio.Event,
        on_result: Callable[[Next], None],
    ) -> Ending:
        now = asyncio.get_running_loop().time
        receiving: asyncio.Task[str | bytes] = asyncio.create_task(socket.recv())
        stopping = asyncio.create_task(stop.wait())
        renewing = asyncio.create_task(self._token_ends())
        try:
            while subscriber.ending is None:
                for message in subscriber.to_send():
                    await socket.send(encode(message))
                await asyncio.wait(
                    {receiving, *(task for task in (stopping, renewing) if not task.done())},
                    timeout=max(0.0, subscriber.deadline - now()),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if receiving.done():
                    self._take(subscriber, receiving.result(), now(), on_result)
                    receiving = asyncio.create_task(socket.recv())
                if stopping.done() or renewing.done():
                    subscriber.leave(now())
                subscriber.tick(now())
        finally:
            for task in (receiving, stopping, renewing):
                task.cancel()
            await asyncio.gather(receiving, stopping, renewing, return_exceptions=True)
        return subscriber.ending

    async def _token_ends(self) -> None:
        """Wait until another token is due: whoever left then only because the platform closes the connection would
        have what is in hand given to others."""
        left = self._tokens.useful_for()
        if left == 0 or not await self._has_another(left):  # the platform says when it ends
            await asyncio.Event().wait()
        await self._before_leaving(self._operations.service)

    async def _has_another(self, seconds: float) -> bool:
        """Whether there is another token after so many seconds."""
        await asyncio.sleep(seconds)
        try:
            await self._tokens.get()
        except (Transient, CredentialsRefused) as error:
            logger.info("%s hooks: no other token yet: %s", self._operations.service, error)
            return False
        return True

    def _take(self, subscriber: Subscriber, text: str | bytes, now: float, on_result: Callable[[Next], None]) -> None:
        before = subscriber.state
        result = subscriber.receive(parse(text), now)
        if before is State.CONNECTING and subscriber.state is State.SUBSCRIBED:
            logger.info("%s hooks: subscribed to %s", self._operations.service, ", ".join(self._operations.hook_ids))
        if result is not None:
            on_result(result)

    def _told(self, ending: Ending, token: str) -> str:
        if not ending.refused:
            return ending.reason
        errors = [ErrorDetail.of(raw) for raw in ending.refused]
        if any(error.code == UNAUTHENTICATED for error in errors):
            self._tokens.refused(token)
        told = (f"{self._where(raw)}{error}" for raw, error in zip(ending.refused, errors, strict=True))
        return f"{ending.reason}: {'; '.join(told)}"

    def _where(self, raw: object) -> str:
        """Which hook's selection an error is about, by its first location."""
        locations = raw.get("locations") if isinstance(raw, dict) else None
        line = locations[0].get("line") if isinstance(locations, list) and locations else None
        hook_id = self._operations.hook_at(line) if isinstance(line, int) else None
        return f"hook {hook_id}: " if hook_id else ""
