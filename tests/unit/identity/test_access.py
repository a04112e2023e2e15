"""Who may do what, over stored roles, authorizations and connections."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from identity import ANONYMOUS, Access, CodedError, Principal, PrincipalKind, Role
from store import Store

BUSINESS = "commerce:Business:1"
OTHER_BUSINESS = "commerce:Business:2"
GOOD = "commerce:Good:1"
READ, WRITE = "commerce.goods.read", "commerce.goods.write"


def user(id: str, *scopes: str) -> Principal:
    return Principal(PrincipalKind.USER, id, id, frozenset(scopes))


def plugin(*scopes: str, authorizations: frozenset[str] | None = None) -> Principal:
    return Principal(PrincipalKind.PLUGIN, "market", "Market", frozenset(scopes), authorizations)


async def give_role(store: Store, object_ref: str, user_id: str, role: str, deleted: bool = False) -> None:
    await store.collection("identity_roles").insert_one(
        {"_id": f"{object_ref}#{user_id}", "object_ref": object_ref, "user_id": user_id, "role": role}
        | ({"deleted": True} if deleted else {})
    )


async def authorize(store: Store, id: str, owner_ref: str, *permissions: str, **changes: Any) -> None:
    await store.collection("registrar_authorizations").insert_one(
        {
            "_id": id,
            "owner_ref": owner_ref,
            "plugin_tag": "market",
            "connection_id": None,
            "permissions": list(permissions),
            "status": "ACTIVE",
            "secrets": {"key": "hidden"},
            **changes,
        }
    )


async def connect(store: Store, owner_ref: str = BUSINESS, **changes: Any) -> None:
    await store.collection("registrar_connections").insert_one(
        {
            "_id": f"{GOOD}#market",
            "object_ref": GOOD,
            "owner_ref": owner_ref,
            "plugin_tag": "market",
            "status": "ACTIVE",
            "connected_by": "user:ada",
            **changes,
        }
    )


async def code(awaitable: Any) -> str | None:
    try:
        await awaitable
    except CodedError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("role", "reads", "writes", "refusal"),
    [
        (None, False, False, "NOT_FOUND"),
        ("VIEWER", True, False, "FORBIDDEN"),
        ("MANAGER", True, True, None),
        ("OWNER", True, True, None),
    ],
)
async def test_users_by_role(store: Store, role: str | None, reads: bool, writes: bool, refusal: str | None) -> None:
    if role is not None:
        await give_role(store, BUSINESS, "ada", role)
    access = Access(store, user("ada"))
    assert await access.may(READ, BUSINESS, GOOD) is reads
    assert await access.may(WRITE, BUSINESS, GOOD) is writes
    assert await code(access.require(WRITE, BUSINESS)) == refusal
    assert await code(access.require(READ, BUSINESS)) == (None if reads else "NOT_FOUND")
    assert not await access.may(READ, OTHER_BUSINESS)


async def test_a_revoked_role_is_none(store: Store) -> None:
    await give_role(store, BUSINESS, "ada", "OWNER", deleted=True)
    assert await Access(store, user("ada")).role(BUSINESS) is None


async def test_admins_may_everything_and_nobody_nothing(store: Store) -> None:
    assert await Access(store, user("root", "admin")).may(WRITE, BUSINESS)
    nobody = Access(store, ANONYMOUS)
    assert not await nobody.may(READ, BUSINESS)
    assert await code(nobody.require(READ, BUSINESS)) == "UNAUTHENTICATED"
    with pytest.raises(CodedError, match="Sign in"):
        nobody.require_signed_in()


async def test_users_own_themselves(store: Store) -> None:
    access = Access(store, user("ada"))
    assert await access.role("registrar:User:ada") is Role.OWNER
    assert await access.role("registrar:User:bob") is None


async def test_owned_lists_ids_of_one_type(store: Store) -> None:
    await give_role(store, OTHER_BUSINESS, "ada", "VIEWER")
    await give_role(store, BUSINESS, "ada", "OWNER")
    await give_role(store, "market:Seller:9", "ada", "OWNER")
    await give_role(store, "commerce:Business:3", "bob", "OWNER")
    assert await Access(store, user("ada")).owned("commerce", "Business") == ["1", "2"]


async def test_require_owner(store: Store) -> None:
    await give_role(store, BUSINESS, "ada", "OWNER")
    await give_role(store, BUSINESS, "bob", "MANAGER")
    assert await code(Access(store, user("ada")).require_owner(BUSINESS)) is None
    assert await code(Access(store, user("bob")).require_owner(BUSINESS)) == "FORBIDDEN"
    assert await code(Access(store, user("eve")).require_owner(BUSINESS)) == "NOT_FOUND"
    assert await code(Access(store, user("root", "admin")).require_owner(BUSINESS)) is None


async def test_a_plugin_needs_permission_and_authorization(store: Store) -> None:
    assert await code(Access(store, plugin(READ)).require(READ, BUSINESS)) == "NOT_FOUND"
    await authorize(store, "a", BUSINESS, READ)
    reader = Access(store, plugin(READ, WRITE))
    assert await reader.may(READ, BUSINESS)
    assert not await reader.may(READ, OTHER_BUSINESS)
    assert await code(reader.require(WRITE, BUSINESS)) == "FORBIDDEN"
    assert await code(Access(store, plugin(WRITE)).require(READ, BUSINESS)) == "FORBIDDEN"
    assert await code(reader.require(READ, OTHER_BUSINESS)) == "NOT_FOUND"


@pytest.mark.parametrize("changes", [{"status": "REVOKED"}, {"plugin_tag": "other"}, {"connection_id": "x#market"}])
async def test_authorizations_that_do_not_count(store: Store, changes: dict[str, Any]) -> None:
    await authorize(store, "a", BUSINESS, READ, **changes)
    assert not await Access(store, plugin(READ)).may(READ, BUSINESS, GOOD)


async def test_a_connections_own_authorization_counts_for_its_object_alone(store: Store) -> None:
    await connect(store)
    await authorize(store, "a", BUSINESS, READ, connection_id=f"{GOOD}#market")
    access = Access(store, plugin(READ))
    assert await access.may(READ, BUSINESS, GOOD)
    assert not await access.may(READ, BUSINESS, "commerce:Good:2")
    assert not await access.may(READ, BUSINESS)


async def test_a_connections_own_authorization_stands_before_its_owners(store: Store) -> None:
    await connect(store)
    await authorize(store, "owner", BUSINESS, READ, WRITE)
    await authorize(store, "own", BUSINESS, READ, connection_id=f"{GOOD}#market")
    access = Access(store, plugin(READ, WRITE))
    assert not await access.may(WRITE, BUSINESS, GOOD)
    assert await access.may(WRITE, BUSINESS, "commerce:Good:2")


async def test_a_disconnected_plugin_loses_what_its_connection_gave(store: Store) -> None:
    await connect(store, status="DISCONNECTED")
    await authorize(store, "a", BUSINESS, READ, connection_id=f"{GOOD}#market")
    assert not await Access(store, plugin(READ)).may(READ, BUSINESS, GOOD)


async def test_a_connection_does_not_lend_itself_to_another_owner(store: Store) -> None:
    await connect(store, owner_ref=OTHER_BUSINESS)
    await authorize(store, "a", "registrar:User:ada", READ)
    await give_role(store, BUSINESS, "ada", "OWNER")
    assert not await Access(store, plugin(READ)).may(READ, BUSINESS, GOOD)


@pytest.mark.parametrize(("role", "expected"), [("OWNER", True), ("MANAGER", False)])
async def test_the_connectors_authorization_counts_while_they_own_it(store: Store, role: str, expected: bool) -> None:
    await connect(store)
    await authorize(store, "a", "registrar:User:ada", READ)
    await give_role(store, BUSINESS, "ada", role)
    assert await Access(store, plugin(READ)).may(READ, BUSINESS, GOOD) is expected


async def test_a_narrowed_token_uses_only_its_authorizations(store: Store) -> None:
    await authorize(store, "a", BUSINESS, READ)
    assert await Access(store, plugin(READ, authorizations=frozenset({"a"}))).may(READ, BUSINESS)
    assert not await Access(store, plugin(READ, authorizations=frozenset({"b"}))).may(READ, BUSINESS)
    assert not await Access(store, plugin(READ, authorizations=frozenset())).may(READ, BUSINESS)


async def test_decisions_made_at_once_agree_and_stay(store: Store) -> None:
    await give_role(store, BUSINESS, "ada", "OWNER")
    access = Access(store, user("ada"))
    assert all(await asyncio.gather(*(access.may(WRITE, BUSINESS) for _ in range(50))))
    await store.collection("identity_roles").delete_one({"_id": f"{BUSINESS}#ada"})
    assert await access.may(WRITE, BUSINESS)
    assert not await Access(store, user("ada")).may(WRITE, BUSINESS)


async def test_who_may_know_of_an_object_by_its_ref(store: Store) -> None:
    await connect(store)
    await give_role(store, BUSINESS, "ada", "VIEWER")
    await authorize(store, "a", "market:Seller:1", READ)
    for principal, seen in (
        (user("ada"), (GOOD, BUSINESS, "registrar:User:ada")),
        (user("eve"), ("registrar:User:eve",)),
        (user("root", "admin"), (GOOD, BUSINESS, "market:Seller:1")),
        (plugin(), (GOOD, "market:Seller:1")),
        (ANONYMOUS, ()),
    ):
        for ref in (GOOD, BUSINESS, "market:Seller:1", "registrar:User:ada", "registrar:User:eve"):
            access = Access(store, principal)
            assert await access.may_see_object(ref) is (principal.is_admin or ref in seen), (principal, ref)
