"""Bringing a store to the shape this code expects, once, however many processes start at the same time."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError

from store.connect import Store
from store.errors import StoreError, StoreErrorCode, is_duplicate, is_unavailable, translate_errors
from store.lease import Lease, LeaseLost
from store.schema import Index, Migration, check_numbers, effective_indexes, fingerprint
from store.writes import insert_unique

logger = logging.getLogger("izara.store")

SCHEMA_COLLECTION = "store_schema"
_PATIENCE = 120.0  # seconds to wait for another process that is preparing the same owner
_RETRY = 0.05


async def prepare(
    store: Store,
    owner: str,
    indexes: Mapping[str, Sequence[Index]],
    migrations: Sequence[Migration] = (),
) -> None:
    """Run the owner's migrations that this store has not seen, then create its indexes.

    What was done is recorded per owner in `store_schema`; a run that was interrupted goes on where it
    stopped. Processes that prepare at once take turns under a lease, and each finds the work of the former
    done. Indexes are only ever created here: a migration drops one that is no longer wanted.

    Raises:
        StoreError: TOO_NEW where the store has migrations this code does not know, MIGRATION_LOCKED where
            another process holds the lease for minutes, INDEX_REFUSED where data or an older index is in
            the way.
        StoreUnavailable: the server did not answer; call again.
    """
    check_numbers(owner, migrations)
    wanted = effective_indexes(indexes, compound_used=store.capabilities.compound_indexes)
    preparation = _Preparation(store, owner, wanted, migrations)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while not await preparation.attempt():
        if loop.time() > deadline:
            raise StoreError(
                StoreErrorCode.MIGRATION_LOCKED,
                f"Another process has been preparing the data of {owner} for {_PATIENCE:.0f} s. "
                f"Is it stuck? Its lease is in {SCHEMA_COLLECTION}.",
            )
        await asyncio.sleep(_RETRY)


class _Preparation:
    """One owner's preparation by one process."""

    def __init__(
        self,
        store: Store,
        owner: str,
        indexes: Sequence[tuple[str, Index]],
        migrations: Sequence[Migration],
    ) -> None:
        self._store = store
        self._owner = owner
        self._indexes = indexes
        self._fingerprint = fingerprint(indexes)
        self._migrations = migrations
        self._collection = store.collection(SCHEMA_COLLECTION)

    async def attempt(self) -> bool:
        """True when the store is as wanted; False when somebody else is at it."""
        record = await self._record()
        if self._is_done(record):
            return True
        lease = await Lease.claim(self._collection, record)
        if lease is None:
            return False
        try:
            async with lease:
                await self._work(lease)
        except LeaseLost:
            logger.warning("lost the lease on the data of %s while preparing it; starting again", self._owner)
            return False
        return True

    async def _record(self) -> dict[str, Any]:
        with translate_errors():
            record = await self._collection.find_one({"_id": self._owner})
        if record is None:
            record = {"_id": self._owner, "number": 0, "indexes": "", "epoch": 0, "claim": "", "until": 0}
            if not await insert_unique(self._collection, record):
                return await self._record()
        known = len(self._migrations)
        if record["number"] > known:
            raise StoreError(
                StoreErrorCode.TOO_NEW,
                f"The data of {self._owner} is at migration {record['number']}, this program knows {known}. "
                "Run the newer program, or restore a backup of before.",
            )
        return record

    def _is_done(self, record: dict[str, Any]) -> bool:
        done: bool = record["number"] == len(self._migrations) and record["indexes"] == self._fingerprint
        return done

    async def _work(self, lease: Lease) -> None:
        # Read again: what was left may have been done between the first look and the claim.
        done = (await self._record())["number"]
        for migration in self._migrations[done:]:
            logger.info("migration %s %d: %s", self._owner, migration.number, migration.name)
            await migration.run(self._store)
            await lease.record({"number": migration.number})
        for collection, index in self._indexes:
            await create_index(self._store, collection, index)
        await lease.record({"indexes": self._fingerprint})


async def create_index(store: Store, collection: str, index: Index) -> None:
    """Create `index` where it does not exist.

    Raises:
        StoreError: INDEX_REFUSED, naming the collection and the fields.
    """
    try:
        await store.collection(collection).create_index(list(index.keys), **index.options)
    except PyMongoError as error:
        fields = ", ".join(index.fields)
        if is_duplicate(error):
            reason = "two documents have the same values"
        elif isinstance(error, OperationFailure) and not is_unavailable(error):
            reason = str(error).splitlines()[0]
        else:
            with translate_errors():
                raise
        raise StoreError(
            StoreErrorCode.INDEX_REFUSED, f"The index of {collection} on {fields} cannot be made: {reason}"
        ) from error
