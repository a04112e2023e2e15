"""The registrar over a real store, called as an app of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from flows import ENGINE_INDEXES, Engine, EngineSettings, open_engine
from identity import TokenSettings, TokenVerifier
from registrar.app import SERVICE, create_registrar
from registrar.catalog import AnnouncedHook, announce_hooks
from registrar.directory import asgi_call
from registrar.oauth import Issuer, TokenIssuer
from registrar.refs import ObjectRef
from store import ChangeHub, Store, init_documents, prepare

STOCK_CHANGED = "commerce_adjustStock_commit_stockChanged"

MANIFEST: dict[str, Any] = {
    "tag": "market",
    "name": "Market",
    "objTypes": ["Good", "Business"],
    "permissions": ["commerce.goods.read", "market.offers.write"],
    "configSchema": {
        "type": "object",
        "properties": {"limit": {"$ref": "#/$defs/count"}},
        "$defs": {"count": {"type": "integer", "minimum": 0}},
        "additionalProperties": False,
    },
    "hooks": [{"id": STOCK_CHANGED, "mode": "ASYNC"}],
}

GOOD = "commerce:Good:g1"
BUSINESS = "commerce:Business:b1"
SELLER = "market:Seller:s1"
OFFER = "market:SellOffer:o1"


@dataclass
class FakeDirectory:
    """Owners that a test says, whoever asks; `hidden` objects are seen by nobody."""

    owners: dict[str, str] = field(
        default_factory=lambda: {GOOD: BUSINESS, BUSINESS: BUSINESS, OFFER: SELLER, SELLER: SELLER}
    )
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def owner_of(self, ref: ObjectRef, authorization: str | None) -> str | None:
        self.asked.append((str(ref), authorization))
        return str(ref) if ref.service == "registrar" else self.owners.get(str(ref))


@dataclass
class Api:
    """Sends GraphQL as somebody."""

    issuer: Issuer
    directory: FakeDirectory
    engine: Engine
    store: Store
    app: Any

    async def send(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        user: str | None = "ada",
        plugin: str | None = None,
    ) -> dict[str, Any]:
        """The whole response."""
        token = None
        if plugin is not None:
            token = await self.issuer.issue_plugin_token(plugin)
        elif user is not None:
            token = await self.issuer.issue_user_token(user)
        call = asgi_call({"registrar": self.app})
        authorization = None if token is None else f"Bearer {token}"
        return dict(await call("registrar", {"query": query, "variables": variables or {}}, authorization))

    async def data(self, query: str, variables: dict[str, Any] | None = None, **who: Any) -> Any:
        """The data of a response without errors."""
        answer = await self.send(query, variables, **who)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def mutate(self, field: str, input: dict[str, Any], selection: str, **who: Any) -> dict[str, Any]:
        """The payload of one mutation, with its run and errors."""
        type_name = field[0].upper() + field[1:] + "Input"
        query = (
            f"mutation M($input: {type_name}!) {{ payload: {field}(input: $input) "
            f"{{ run {{ id status }} errors {{ code message field }} {selection} }} }}"
        )
        payload: dict[str, Any] = (await self.data(query, {"input": input}, **who))["payload"]
        return payload

    async def code(self, field: str, input: dict[str, Any], **who: Any) -> str:
        """The code of the top-level error that a mutation is refused with."""
        type_name = field[0].upper() + field[1:] + "Input"
        query = f"mutation M($input: {type_name}!) {{ {field}(input: $input) {{ errors {{ code }} }} }}"
        answer = await self.send(query, {"input": input}, **who)
        assert answer["data"] is None, answer
        code: str = answer["errors"][0]["extensions"]["code"]
        return code

    async def role(self, object_ref: str, user_id: str, role: str) -> None:
        """Give a role as a service's create flow does."""
        await self.store.collection("identity_roles").insert_one(
            {"_id": f"{object_ref}#{user_id}", "object_ref": object_ref, "user_id": user_id, "role": role}
            | {"version": 1, "created_at": 1, "deleted": False, "effects": {}, "outbox": {}}
        )


@pytest.fixture
async def api(store: Store) -> AsyncIterator[Api]:
    await prepare(store, "registrar", SERVICE.indexes)
    await prepare(store, "flows", ENGINE_INDEXES)
    await init_documents(store, SERVICE.documents)
    issuer = Issuer(store, TokenIssuer("http://localhost:4000", "izara"))
    verifier = TokenVerifier(TokenSettings("http://localhost:4000", "izara"), issuer.key_source())
    directory = FakeDirectory()
    settings = EngineSettings(sweep_interval=50, settle_delay=50)
    async with open_engine(store, ChangeHub(), "registrar", SERVICE.flows, settings) as engine:
        registrar = await create_registrar(store, engine, verifier, issuer, directory)
        await announce_hooks(
            store,
            "commerce",
            [AnnouncedHook(STOCK_CHANGED, ("Good",), "COMMIT", "CommerceAdjustStockCommitStockChanged")],
        )
        made = Api(issuer, directory, engine, store, registrar.app)
        await made.role(BUSINESS, "ada", "OWNER")
        await made.role(SELLER, "ada", "OWNER")
        yield made


@pytest.fixture
async def market(api: Api) -> dict[str, Any]:
    """The registered plugin `market`: what its admin was told."""
    return await api.mutate(
        "registerPlugin", {"manifest": MANIFEST}, "clientId clientSecret plugin { tag }", user="admin"
    )
