"""What `open_store` needs to know; the caller reads it from wherever it keeps its settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoreSettings:
    """Which MongoDB to use.

    Attributes:
        mongodb_uri: a replica set or cluster; when given, nothing is started here.
        mongod: a `mongod` program to start; None looks for one on PATH.
        data_dir: where a server started here keeps its data, logs and lock.
        database: the one database that everything lives in.
        connect_seconds: how long to look for the server before giving up.
        prefer_embedded: start the embedded server even where a `mongod` is found.
    """

    mongodb_uri: str | None
    mongod: Path | None
    data_dir: Path
    database: str = "izara"
    connect_seconds: float = 5.0
    prefer_embedded: bool = False
