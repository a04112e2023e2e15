"""Which connections a taken-back authorization stops."""

from __future__ import annotations

from typing import Any

from flows.consent import Consents
from store import Grouped, Store
from tests.integration.registrar.conftest import BUSINESS, GOOD

CONNECTION = {
    "_id": f"{GOOD}#market",
    "object_ref": GOOD,
    "owner_ref": BUSINESS,
    "plugin_tag": "market",
    "connected_by": "user:ada",
}
USER = "registrar:User:ada"
OWN = f"{GOOD}#market"


Given = list[tuple[str, str | None, str]]

CASES: list[tuple[Given, bool]] = [
    ([], True),
    ([(BUSINESS, None, "ACTIVE")], True),
    ([(BUSINESS, None, "REVOKED")], False),
    ([(BUSINESS, OWN, "REVOKED")], False),
    ([(BUSINESS, OWN, "REVOKED"), (BUSINESS, None, "ACTIVE")], True),
    ([(BUSINESS, OWN, "ACTIVE"), (BUSINESS, None, "REVOKED")], True),
    ([(BUSINESS, None, "REVOKED"), (USER, None, "ACTIVE")], True),
    ([(USER, None, "REVOKED")], False),
    ([(USER, "other", "REVOKED")], True),
    ([(BUSINESS, "other", "REVOKED")], True),
    ([("commerce:Business:b2", None, "REVOKED")], True),
]


async def test_what_stops_a_connection(store: Store) -> None:
    collection = store.collection("registrar_authorizations")
    for given, stands in CASES:
        await collection.delete_many({})
        for place, (owner, connection, status) in enumerate(given):
            row: dict[str, Any] = {"_id": str(place), "owner_ref": owner, "plugin_tag": "market", "permissions": []}
            await collection.insert_one(row | {"connection_id": connection, "status": status})
        assert (
            await Consents(Grouped(store).finds("registrar_authorizations", "owner_ref")).stands(CONNECTION) is stands
        ), given
