"""What the connected server can do, asked over the wire, and the one list of what the embedded one cannot."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

PROBE_COLLECTION = "store_probe"
_QUIET_MS = 30  # how long a measured stream may take to show a change: live ones need less than one


@dataclass(frozen=True)
class Limit:
    """One thing the embedded server (nx-27017 0.7.1) cannot do, and what our code does about it."""

    what: str
    consequence: str


EMBEDDED_LIMITS: tuple[Limit, ...] = (
    Limit("multi-document transactions (one SQLite connection)", "none are used on any server"),
    Limit("resume tokens", "a stream that restarts says so and its readers read again"),
    Limit("database- and client-level change streams never fire", "each collection is watched by itself"),
    Limit("change-stream pipelines are ignored", "events are filtered by the reader"),
    Limit("an event's full document can be the one before the change", "events are wake-ups: readers read again"),
    Limit("events carry no database name of their own", "a wake-up from another database is a wasted read"),
    Limit(
        "$push and $addToSet turn dictionaries into strings",
        "maps keyed by id, $set and $unset of dotted paths",
    ),
    Limit(
        "$in, ranges, $or, $exists match nothing in update filters",
        "updates filter by equality on values read",
    ),
    Limit("insert_many stops half-way at a duplicate, unordered too", "insert_unique, one by one"),
    Limit("updates by aggregation pipeline", "plain operators with values computed here"),
    Limit("$setOnInsert, and upserts report nothing", "insert_unique, then an update by equality"),
    Limit("a duplicate key has no error code", "translate_errors reads the message"),
    Limit(
        "find_one_and_update hides a duplicate key as 'no match'",
        "unique fields are set by insert or update_one",
    ),
    Limit(
        "partialFilterExpression is dropped from an index",
        "unique keys are built so that they need no filter",
    ),
    Limit(
        "compound indexes are not used by queries",
        "prepare() adds a single-field index of each leading field",
    ),
    Limit("$in scans, but on _id", "several values are asked for one by one, at once"),
    Limit("inserts fail under a compound index that names _id", "prepare() leaves such an index out"),
    Limit("an update that changes nothing counts as unmatched", "every compare-and-set changes a counter"),
    Limit(
        "a top-level datetime in $set becomes a string, a bool 1 or 0",
        "times are ints; models read 1 as true",
    ),
    Limit("database names are ignored: all share their collections", "one database per server"),
    Limit(
        "equality does not look into a list that has an index",
        "lists are searched with $all of one value, long collections by an index of each place (find_listed)",
    ),
    Limit("a find is answered in one batch", "lists are read in pages"),
    Limit(
        "synchronous=NORMAL: a power cut can lose the last moments (a killed process loses nothing)",
        "documented",
    ),
)


@dataclass(frozen=True)
class Capabilities:
    """What the server can do; see `probe`.

    Attributes:
        product: "mongodb" or "nx-27017".
        version: the server's own version.
        topology: "replica set", "sharded cluster" or "single server".
    """

    product: str
    version: str
    topology: str
    retryable_writes: bool
    transactions: bool
    change_streams: bool
    awaits_changes: bool
    resume_tokens: bool
    database_streams: bool
    filtered_streams: bool
    compound_indexes: bool
    partial_indexes: bool

    @property
    def embedded(self) -> bool:
        return self.product == "nx-27017"

    def describe(self) -> str:
        """One line for the log: which server, what it can do, what it cannot."""
        named = {
            "transactions": self.transactions,
            "retryable writes": self.retryable_writes,
            "change streams": self.change_streams,
            "resume tokens": self.resume_tokens,
            "filtered streams": self.filtered_streams,
            "database streams": self.database_streams,
            "compound indexes": self.compound_indexes,
            "partial indexes": self.partial_indexes,
        }
        can = ", ".join(name for name, able in named.items() if able) or "nothing beyond single documents"
        cannot = ", ".join(name for name, able in named.items() if not able)
        line = f"{self.product} {self.version} ({self.topology}): {can}"
        return f"{line}; without {cannot}" if cannot else line


async def probe(database: AsyncDatabase[dict[str, Any]]) -> Capabilities:
    """Ask the server what it is; try out what a single server claims or leaves open.

    A replica set or sharded cluster of MongoDB 4.4 or later is taken at its documented word: a measurement
    with a short deadline would call a slow, distant cluster incapable.
    """
    hello = await database.client.admin.command("hello")
    build = await database.client.admin.command("buildInfo")
    product = "nx-27017" if build.get("process") == "nx_27017" else "mongodb"
    topology = _topology(hello)
    version = str(build.get("version", "unknown")) if product == "mongodb" else "embedded"
    if topology != "single server":
        return Capabilities(product, version, topology, *([True] * 9))
    collection = database[PROBE_COLLECTION]
    streams = await _probe_streams(database, collection)
    return Capabilities(
        product=product,
        version=version,
        topology=topology,
        retryable_writes=False,  # the wire protocol has them on replica sets and clusters only
        transactions=False,
        compound_indexes=await _tried(lambda: _uses_compound_index(collection)),
        partial_indexes=product == "mongodb",
        **streams,
    )


def _topology(hello: dict[str, Any]) -> str:
    if hello.get("setName"):
        return "replica set"
    return "sharded cluster" if hello.get("msg") == "isdbgrid" else "single server"


async def _tried(attempt: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await attempt()
    except OperationFailure:
        return False


async def _probe_streams(
    database: AsyncDatabase[dict[str, Any]], collection: AsyncCollection[dict[str, Any]]
) -> dict[str, bool]:
    """Follow one collection three ways, write twice, and see what each stream tells."""
    found = dict.fromkeys(
        ("change_streams", "awaits_changes", "resume_tokens", "database_streams", "filtered_streams"), False
    )
    mark = uuid.uuid4().hex
    first, second = f"{mark}-1", f"{mark}-2"
    none_of_these = [{"$match": {"documentKey._id": "none"}}]
    try:
        async with await collection.watch(max_await_time_ms=_QUIET_MS) as stream:
            found["awaits_changes"] = await _waits(stream)
            async with (
                await database.watch(max_await_time_ms=_QUIET_MS) as whole,
                await collection.watch(none_of_these, max_await_time_ms=_QUIET_MS) as filtered,
            ):
                await collection.insert_one({"_id": first})
                found["change_streams"] = await _sees(stream, first)
                token = stream.resume_token
                await collection.insert_one({"_id": second})
                found["database_streams"] = await _sees(whole, first)
                found["filtered_streams"] = found["change_streams"] and not await _sees(filtered, first)
        async with await collection.watch(resume_after=token, max_await_time_ms=_QUIET_MS) as resumed:
            found["resume_tokens"] = await _sees(resumed, second)
    except PyMongoError:
        # A server without change streams refuses the first one; what was found until then stands.
        return found
    finally:
        for id in (first, second):
            await collection.delete_one({"_id": id})
    return found


async def _waits(stream: Any) -> bool:
    """Whether the server holds a request for changes until there is one or the time given has passed."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    await stream.try_next()
    return loop.time() - started >= _QUIET_MS / 2000


async def _sees(stream: Any, id: str) -> bool:
    deadline = asyncio.get_running_loop().time() + _QUIET_MS / 1000
    while True:
        event = await stream.try_next()
        if event is not None and event.get("documentKey", {}).get("_id") == id:
            return True
        if event is None and asyncio.get_running_loop().time() > deadline:
            return False


async def _uses_compound_index(collection: AsyncCollection[dict[str, Any]]) -> bool:
    """Whether a find on the two fields of an index is planned as an index look-up."""
    await collection.create_index([("probe_a", 1), ("probe_b", 1)], name="probe_compound")
    plan = str(await collection.find({"probe_a": "a", "probe_b": "b"}).explain())
    return "IXSCAN" in plan or "probe_compound" in plan or "USING INDEX" in plan
