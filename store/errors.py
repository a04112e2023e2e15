"""What can go wrong with the store, as types that callers branch on.

StoreError          start-up failed; `code` and a one-line `message` for people
DuplicateKey        an `_id` or unique key exists already
StoreUnavailable    the server could not be reached or lost its primary; try again
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

from store.cancellation import cancellation_kept


class StoreErrorCode(StrEnum):
    """Why a store could not be opened or prepared."""

    URI_INVALID = "STORE_URI_INVALID"
    UNREACHABLE = "STORE_UNREACHABLE"
    UNSUPPORTED = "STORE_UNSUPPORTED"
    DATA_DIR_LOCKED = "DATA_DIR_LOCKED"
    DATA_DIR_UNUSABLE = "DATA_DIR_UNUSABLE"
    SERVER_FAILED = "STORE_SERVER_FAILED"
    TOO_NEW = "STORE_TOO_NEW"
    MIGRATION_LOCKED = "STORE_MIGRATION_LOCKED"
    INDEX_REFUSED = "STORE_INDEX_REFUSED"


class StoreError(Exception):
    """The store cannot be used; nothing a retry of the same call would mend."""

    def __init__(self, code: StoreErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DuplicateKey(Exception):
    """The write was refused because its `_id` or one of its unique keys is taken.

    After a retried write the document in the way can be the caller's own: re-read and compare.
    """


class StoreUnavailable(Exception):
    """The server did not answer. The write may or may not have happened: re-read, then try again."""


_EMBEDDED_DUPLICATE = re.compile(r"UNIQUE constraint failed")


def is_duplicate(error: PyMongoError) -> bool:
    """Whether `error` says that a key is taken, on either server."""
    if isinstance(error, DuplicateKeyError):
        return True
    return isinstance(error, OperationFailure) and _EMBEDDED_DUPLICATE.search(str(error)) is not None


def is_unavailable(error: PyMongoError) -> bool:
    """Whether `error` says that the server is away, so that trying again later is right."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WriteConcernError):
        return True
    return error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise `DuplicateKey` and `StoreUnavailable` in place of what PyMongo raises; others pass unchanged.

    Belongs around every call of PyMongo or Beanie: it also keeps a cancellation from getting lost in one.
    """
    try:
        with cancellation_kept():
            yield
    except PyMongoError as error:
        if is_duplicate(error):
            raise DuplicateKey(str(error)) from error
        if is_unavailable(error):
            raise StoreUnavailable(str(error)) from error
        raise
