"""The four services behind the gateway, joined by the first-party plugins' workers."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from flows.graphql.app import ServiceProcess, create_service_app
from gateway.app import create_gateway
from gateway.config import GatewayConfig
from identity import LocalKeys, TokenSettings, TokenVerifier
from plugin_sdk import Plugin
from plugin_sdk._tuning import Tuning
from plugin_sdk.config import PluginSettings
from plugin_sdk.worker import work
from plugins.accounting import plugin as accounting_plugin
from plugins.commerce import plugin as commerce_plugin
from plugins.market import plugin as market_plugin
from plugins.supply import plugin as supply_plugin
from store import Store
from subgraphs.accounting.app import SERVICE as ACCOUNTING
from subgraphs.commerce.app import SERVICE as COMMERCE
from subgraphs.market.app import SERVICE as MARKET
from subgraphs.supply.app import SERVICE as SUPPLY
from tests.integration.subgraphs.running import RunningService, running
from tests.support.serving import serving
from tests.support.tokens import AUDIENCE, ISSUER, SigningParty

# A heartbeat comes every ten seconds; a subscription that was lost on the way is noticed soon after the first.
ALERT = Tuning(silent_after=11)
FIRST_PARTY = (market_plugin, commerce_plugin, supply_plugin, accounting_plugin)
BUYER = {"name": "Carol", "email": "carol@example.org"}


def euros(amount: str) -> dict[str, str]:
    """A price."""
    return {"amount": amount, "currency": "EUR"}


@dataclass
class Trade:
    """The services, their address, and what tests do with them."""

    services: dict[str, RunningService]
    url: str
    may_sign_in: dict[str, Plugin]
    business_id: str = ""
    seller_id: str = ""
    company_id: str = ""
    organization_id: str = ""

    @property
    def commerce(self) -> RunningService:
        """Commerce."""
        return self.services["commerce"]

    @property
    def market(self) -> RunningService:
        """Market."""
        return self.services["market"]

    @property
    def supply(self) -> RunningService:
        """Supply."""
        return self.services["supply"]

    @property
    def accounting(self) -> RunningService:
        """Accounting."""
        return self.services["accounting"]

    async def open(self) -> None:
        """A business, a seller, a company and an organization, whose owner lets every plugin work for all of them."""
        made = await self.commerce.mutate("createBusiness", "business { id }", name="Ada's")
        self.business_id = made["business"]["id"]
        made = await self.market.mutate("createSeller", "seller { id }", name="Ada's shop")
        self.seller_id = made["seller"]["id"]
        made = await self.supply.mutate("createCompany", "company { id }", name="Ada's garden")
        self.company_id = made["company"]["id"]
        made = await self.accounting.mutate("createOrganization", "organization { id }", name="Ada's books")
        self.organization_id = made["organization"]["id"]
        owners = (
            f"commerce:Business:{self.business_id}",
            f"market:Seller:{self.seller_id}",
            f"supply:Company:{self.company_id}",
            f"accounting:Organization:{self.organization_id}",
        )
        for plugin in FIRST_PARTY:
            await self.commerce.store.collection("registrar_plugins").insert_one(stored_plugin(plugin))
            for owner in owners:
                await self.commerce.authorize(plugin.tag, owner, *plugin.permissions)

    async def good_with_offer(self, sku: str, stock: int = 10, connected: bool = True) -> tuple[str, str]:
        """A good and an offer, connected to each other unless told otherwise; their ids."""
        good = await self.commerce.mutate(
            "createGood",
            "good { id }",
            businessId=self.business_id,
            sku=sku,
            name=sku,
            price=euros("2.50"),
            stock=stock,
            attributes=[],
        )
        product = await self.market.mutate(
            "createProduct", "product { id }", sellerId=self.seller_id, title=sku, attributes=[]
        )
        offer = await self.market.mutate(
            "createSellOffer",
            "sellOffer { id }",
            sellerId=self.seller_id,
            productId=product["product"]["id"],
            price=euros("2.50"),
            stock=stock,
        )
        good_id, offer_id = good["good"]["id"], offer["sellOffer"]["id"]
        good_ref, offer_ref = f"commerce:Good:{good_id}", f"market:SellOffer:{offer_id}"
        if connected:
            business, seller = f"commerce:Business:{self.business_id}", f"market:Seller:{self.seller_id}"
            await self.connect("market", good_ref, business, links={"sellOffer": offer_ref})
            await self.connect("commerce", offer_ref, seller, links={"good": good_ref})
        return good_id, offer_id

    async def connect(
        self,
        tag: str,
        ref: str,
        owner_ref: str,
        *,
        links: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Connect a plugin to an object, as the registrar stores it."""
        await self.commerce.store.collection("registrar_connections").insert_one(
            {
                "_id": f"{ref}#{tag}",
                "object_ref": ref,
                "owner_ref": owner_ref,
                "plugin_tag": tag,
                "status": "ACTIVE",
                "config": dict(config or {}),
                "links": [{"name": name, "object_ref": to, "url": None} for name, to in (links or {}).items()],
                "deleted": False,
            }
        )

    async def offer(self, offer_id: str) -> dict[str, Any]:
        """An offer's numbers, price and product."""
        query = """query($id: ID!) { sellOffer(id: $id) {
            stock reserved available price { amount } product { attributes { name value } } } }"""
        found: dict[str, Any] = (await self.market.ask(query, {"id": offer_id}))["sellOffer"]
        return found

    async def numbers(self, offer_id: str) -> tuple[int, int, int]:
        """Stock, reserved and available of an offer."""
        seen = await self.offer(offer_id)
        return seen["stock"], seen["reserved"], seen["available"]

    async def stock(self, good_id: str) -> int:
        """A good's stock."""
        found = await self.commerce.ask("query($id: ID!) { good(id: $id) { stock } }", {"id": good_id})
        return int(found["good"]["stock"])

    async def place(self, *lines: tuple[str, int]) -> tuple[str, str]:
        """Place an order; gives its id and its run's."""
        payload = await self.market.mutate(
            "placeOrder",
            "order { id }",
            lines=[{"offerId": offer, "quantity": quantity} for offer, quantity in lines],
            buyer=BUYER,
        )
        assert payload["errors"] == [], payload
        return payload["order"]["id"], payload["run"]["id"]

    async def order(self, order_id: str) -> dict[str, Any]:
        """An order."""
        query = "query($id: ID!) { order(id: $id) { status cancelReason } }"
        found: dict[str, Any] = (await self.market.ask(query, {"id": order_id}))["order"]
        return found

    async def sales(self) -> list[dict[str, Any]]:
        """All sales of the business."""
        query = """query($id: ID!) { sales(businessId: $id) { edges { node {
            status externalRef total { amount } customer { email } lines { quantity } } } } }"""
        found = (await self.commerce.ask(query, {"id": self.business_id}))["sales"]
        return [edge["node"] for edge in found["edges"]]


async def finished(service: RunningService, run_id: str) -> str:
    """Wait until a run is terminal; gives its status."""
    async with asyncio.timeout(40):
        async for view in service.engine.watch_runs(id=run_id):
            if view.run.terminal:
                return view.run.status.value
    raise AssertionError("the watch ended")


async def settled(trade: Trade) -> None:
    """Wait until no run of any service is under way any more."""
    runs = trade.commerce.store.collection("flows_runs")
    async with asyncio.timeout(40):
        while True:
            found = [row async for row in runs.find({}) if row["status"] in ("RUNNING", "AWAITING")]
            if not found:
                return
            for row in found:
                await finished(trade.services[row["service"]], row["_id"])


def stored_plugin(plugin: Plugin) -> dict[str, Any]:
    """A plugin as the registrar stores it."""
    manifest = plugin.manifest()
    return {
        "_id": plugin.tag,
        "name": plugin.name,
        "enabled": True,
        "obj_types": manifest["objTypes"],
        "permissions": manifest["permissions"],
        "hooks": [stored_hook(hook) for hook in manifest["hooks"]],
    }


def stored_hook(hook: Mapping[str, Any]) -> dict[str, Any]:
    """A hook of a manifest as the registrar stores it."""
    return {
        "id": hook["id"],
        "mode": hook["mode"],
        "before": hook["before"],
        "after": hook["after"],
        "on_failure": hook["onFailure"],
        "on_dead": hook["onDead"],
        "timeout_ms": hook["timeoutMs"],
        "echoes": hook["echoes"],
    }


def token_route(party: SigningParty, plugins: Mapping[str, Plugin]) -> Route:
    """A token endpoint that knows each plugin by its tag."""

    async def token(request: Request) -> JSONResponse:
        basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        plugin = plugins[basic.partition(":")[0]]
        scope = " ".join(plugin.permissions)
        subject = f"plugin:{plugin.tag}"
        bearer = party.token(sub=subject, name=plugin.name, scope=scope, authorizations=["*"])
        return JSONResponse({"access_token": bearer.removeprefix("Bearer "), "expires_in": 600})

    return Route("/oauth/token", token, methods=["POST"])


@asynccontextmanager
async def trading(store: Store, more: Sequence[Plugin] = ()) -> AsyncIterator[Trade]:
    """The services behind a gateway. No plugin is at work yet: see `at_work`.

    Args:
        store: where everything is kept.
        more: plugins that may sign in, beside the first-party ones.
    """
    party = SigningParty()
    verifier = TokenVerifier(TokenSettings(ISSUER, AUDIENCE), LocalKeys(party.public))
    async with AsyncExitStack() as stack:
        services = {
            service.tag: await stack.enter_async_context(running(store, service))
            for service in (COMMERCE, MARKET, SUPPLY, ACCOUNTING)
        }
        apps = {
            tag: create_service_app(service.service, ServiceProcess(store, service.engine, verifier))
            for tag, service in services.items()
        }
        config = GatewayConfig(
            subgraphs={tag: f"http://{tag}/graphql" for tag in apps},
            forward_headers=("authorization", "idempotency-key", "izara-delivery"),
        )
        gateway = create_gateway(config, apps=apps)
        may_sign_in = {plugin.tag: plugin for plugin in (*FIRST_PARTY, *more)}
        routes = [
            token_route(party, may_sign_in),
            Route("/graphql", gateway.endpoint),
            WebSocketRoute("/graphql", gateway.endpoint),
        ]
        async with gateway.running(), serving(Starlette(routes=routes)) as url:
            await asyncio.wait_for(gateway.wait_ready(), 20)
            trade = Trade(services, url, may_sign_in)
            await trade.open()
            yield trade


@asynccontextmanager
async def at_work(trade: Trade, *plugins: Plugin, crash: bool = False) -> AsyncIterator[None]:
    """The plugins' workers, `market` and `commerce` where none are named; drained in the end, or crashed."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        workers = [
            tasks.create_task(
                work(plugin, PluginSettings(trade.url, plugin.tag, SecretStr("secret")), stop, tuning=ALERT)
            )
            for plugin in plugins or (market_plugin, commerce_plugin)
        ]
        try:
            yield
        finally:
            stop.set()
            for worker in workers if crash else ():
                worker.cancel()
