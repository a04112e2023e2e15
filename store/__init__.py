"""MongoDB underneath everything: which server, what it can do, versioned documents, wake-ups, migrations."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.cancellation import cancellation_kept
    from store.capabilities import EMBEDDED_LIMITS, Capabilities, Limit
    from store.clock import now_ms
    from store.connect import Store, connect_store, open_store, serve_store
    from store.errors import DuplicateKey, StoreError, StoreErrorCode, StoreUnavailable, translate_errors
    from store.fence import write_fence
    from store.grouped import Grouped
    from store.hub import ChangeHub, Waiter
    from store.listed import find_listed
    from store.migrations import prepare
    from store.schema import Index, Migration
    from store.settings import StoreSettings
    from store.stream import ChangeEvent, watch_collection
    from store.versioned import (
        Effect,
        VersionedDocument,
        collection_of,
        count_documents,
        init_documents,
        parse_document,
        read_document,
        read_page,
        tidy_document,
        write_effect,
    )
    from store.writes import insert_new_id, insert_unique

__all__ = [
    "EMBEDDED_LIMITS",
    "Capabilities",
    "ChangeEvent",
    "ChangeHub",
    "DuplicateKey",
    "Effect",
    "Grouped",
    "Index",
    "Limit",
    "Migration",
    "Store",
    "StoreError",
    "StoreErrorCode",
    "StoreSettings",
    "StoreUnavailable",
    "VersionedDocument",
    "Waiter",
    "cancellation_kept",
    "collection_of",
    "connect_store",
    "count_documents",
    "find_listed",
    "init_documents",
    "insert_new_id",
    "insert_unique",
    "now_ms",
    "open_store",
    "parse_document",
    "prepare",
    "read_document",
    "read_page",
    "serve_store",
    "tidy_document",
    "translate_errors",
    "watch_collection",
    "write_effect",
    "write_fence",
]

_NAMES = {
    "cancellation": "cancellation_kept",
    "capabilities": "EMBEDDED_LIMITS Capabilities Limit",
    "clock": "now_ms",
    "connect": "Store connect_store open_store serve_store",
    "errors": "DuplicateKey StoreError StoreErrorCode StoreUnavailable translate_errors",
    "fence": "write_fence",
    "grouped": "Grouped",
    "hub": "ChangeHub Waiter",
    "listed": "find_listed",
    "migrations": "prepare",
    "schema": "Index Migration",
    "settings": "StoreSettings",
    "stream": "ChangeEvent watch_collection",
    "versioned": "Effect VersionedDocument collection_of count_documents init_documents "
    "parse_document read_document read_page tidy_document write_effect",
    "writes": "insert_new_id insert_unique",
}
_IN = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Each name is loaded when it is asked for: the embedded server's process uses none, and is started often."""
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"store.{_IN[name]}"), name)
