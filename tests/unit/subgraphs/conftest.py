"""Documents without a store: a flow's functions are called with what they would have read."""

from __future__ import annotations

import pytest

from store import VersionedDocument


@pytest.fixture(autouse=True)
def unbound_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beanie refuses to make a document before its class is bound to a collection; none is needed here."""
    monkeypatch.setattr(VersionedDocument, "get_pymongo_collection", classmethod(lambda cls: None))
