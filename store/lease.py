"""A lease on one document: claimed by compare-and-set, renewed while held, recognised by its epoch."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from pymongo.asynchronous.collection import AsyncCollection

from store.clock import now_ms
from store.errors import StoreUnavailable, translate_errors

_TERM_MS = 15_000
_RENEWALS_PER_TERM = 3


class LeaseLost(Exception):
    """Somebody else claimed the document: what was done under this lease may be done again by them."""


class Lease:
    """Held between `async with`; the block is cancelled with `LeaseLost` when the lease goes."""

    def __init__(self, collection: AsyncCollection[dict[str, Any]], id: str, epoch: int, claim: str) -> None:
        self._collection = collection
        self._id = id
        self._epoch = epoch
        self._claim = claim
        self._renewer: asyncio.Task[None] | None = None
        self._holder: asyncio.Task[Any] | None = None
        self._lost = False

    @classmethod
    async def claim(cls, collection: AsyncCollection[dict[str, Any]], record: Mapping[str, Any]) -> "Lease | None":
        """Claim the document last read as `record` (with epoch, claim, until); None while another holds it.

        The clock only decides when to try; of two that try at once, the epoch lets one through.
        """
        if record["claim"] and record["until"] > now_ms():
            return None
        claim, epoch = uuid.uuid4().hex, record["epoch"] + 1
        lease = cls(collection, record["_id"], epoch, claim)
        with translate_errors():
            answer = await collection.update_one(
                {"_id": record["_id"], "epoch": record["epoch"]},
                {"$set": {"claim": claim, "until": now_ms() + _TERM_MS, "epoch": epoch}},
            )
        if answer.matched_count == 1 or await lease._is_ours():
            return lease
        return None

    async def __aenter__(self) -> Self:
        self._holder = asyncio.current_task()
        self._renewer = asyncio.create_task(self._renew(), name=f"lease on {self._id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._renewer is not None:
            self._renewer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewer
        if self._lost:
            if self._cancelled_from_outside(error):
                return
            raise LeaseLost(self._id) from error
        # A lease that cannot be given back ends by itself.
        with contextlib.suppress(LeaseLost, StoreUnavailable):
            await self.record({"claim": "", "until": 0})

    def _cancelled_from_outside(self, error: BaseException | None) -> bool:
        """Take back our own cancellation of the holder; whether another one remains, which goes first."""
        if not isinstance(error, asyncio.CancelledError) or self._holder is None:
            return False
        return self._holder.uncancel() > 0

    async def record(self, values: Mapping[str, Any]) -> None:
        """Set fields of the document, provided that the lease is still ours.

        Raises:
            LeaseLost: it is not, and nothing was written.
        """
        with translate_errors():
            answer = await self._collection.update_one({"_id": self._id, "epoch": self._epoch}, {"$set": dict(values)})
        # Unmatched can also mean: nothing changed, or a retried write that was applied the first time.
        if answer.matched_count != 1 and not await self._is_ours(values):
            raise LeaseLost(self._id)

    async def _is_ours(self, values: Mapping[str, Any] | None = None) -> bool:
        with translate_errors():
            found = await self._collection.find_one({"_id": self._id})
        wanted = {"epoch": self._epoch, "claim": self._claim, **(values or {})}
        return found is not None and all(found.get(name) == value for name, value in wanted.items())

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        sure_until = loop.time() + _TERM_MS / 1000
        while True:
            await asyncio.sleep(_TERM_MS / 1000 / _RENEWALS_PER_TERM)
            try:
                sent = loop.time()
                await self.record({"until": now_ms() + _TERM_MS})
                sure_until = sent + _TERM_MS / 1000
            except StoreUnavailable:
                if loop.time() < sure_until:
                    continue
                self._give_up()
                return
            except LeaseLost:
                self._give_up()
                return

    def _give_up(self) -> None:
        self._lost = True
        if self._holder is not None:
            self._holder.cancel()
