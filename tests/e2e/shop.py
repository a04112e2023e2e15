"""What a user of both sides has: goods in Commerce, offers of them in Market, plugins between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.support.gql import TERMINAL, Caller

FIRST_PARTY = ("market", "commerce")
FINISHED = ("COMPLETED", "REJECTED", "TIMED_OUT", "FAILED", "CANCELLED")
ABOUT = """
    runs{number}: runs(filter: {{objectRef: $ref{number}}}, first: 100) {{ edges {{ node {{
        id service flow status cause {{ runId }} }} }} }}
    deliveries{number}: deliveries(filter: {{objectRef: $ref{number}}}, first: 100) {{ edges {{ node {{
        id hookId status attempt lastError }} }} }}"""
PRICE = {"amount": "2.50", "currency": "EUR"}


@dataclass(frozen=True)
class Ware:
    """A good and the offer that sells it."""

    good: str
    offer: str

    @property
    def good_ref(self) -> str:
        """The good's object reference."""
        return f"commerce:Good:{self.good}"

    @property
    def offer_ref(self) -> str:
        """The offer's object reference."""
        return f"market:SellOffer:{self.offer}"


class Numbers(NamedTuple):
    """An offer's numbers."""

    stock: int
    reserved: int
    available: int


class Placed(NamedTuple):
    """An order and its run, as they were when `placeOrder` returned."""

    id: str
    run: dict[str, Any]


class Traffic(NamedTuple):
    """Runs and deliveries, by id."""

    runs: dict[str, dict[str, Any]]
    deliveries: dict[str, dict[str, Any]]

    @property
    def open_runs(self) -> list[dict[str, Any]]:
        """Runs that are not at their end."""
        return [run for run in self.runs.values() if run["status"] not in TERMINAL]

    @property
    def is_over(self) -> bool:
        """Whether nothing goes on."""
        return not self.open_runs and all(item["status"] in FINISHED for item in self.deliveries.values())


@dataclass
class Shop:
    """A user's business and seller.

    Attributes:
        owner: calls as the user.
        admin: calls as an admin, who sees deliveries.
    """

    owner: Caller
    admin: Caller
    business: str
    seller: str

    @property
    def business_ref(self) -> str:
        """The business's object reference."""
        return f"commerce:Business:{self.business}"

    async def ware(self, sku: str, stock: int = 10, *, connected: bool = True) -> Ware:
        """A good with an offer, connected to each other by both plugins unless told otherwise."""
        good = await self.good(sku, stock)
        product = await self.owner.mutate("createProduct", "product { id }", sellerId=self.seller, title=sku)
        made = await self.owner.mutate(
            "createSellOffer",
            "sellOffer { id }",
            sellerId=self.seller,
            productId=product["product"]["id"],
            price=PRICE,
            stock=stock,
        )
        ware = Ware(good, made["sellOffer"]["id"])
        if connected:
            await self.connect(ware.good_ref, "market", links={"sellOffer": ware.offer_ref})
            await self.connect(ware.offer_ref, "commerce", links={"good": ware.good_ref})
        return ware

    async def good(self, sku: str, stock: int = 10) -> str:
        """A good; gives its id."""
        given = {"businessId": self.business, "sku": sku, "name": sku, "price": PRICE, "stock": stock}
        return str((await self.owner.mutate("createGood", "good { id }", **given))["good"]["id"])

    async def customer(self, email: str) -> str:
        """A customer; gives its id."""
        given = {"businessId": self.business, "name": email.partition("@")[0].title(), "email": email}
        return str((await self.owner.mutate("createCustomer", "customer { id }", **given))["customer"]["id"])

    async def connect(
        self,
        ref: str,
        plugin: str,
        *,
        links: Mapping[str, str] | None = None,
        config: Any = None,
        on_failure: str | None = None,
    ) -> None:
        """Connect a plugin to an object."""
        given = [{"name": name, "objectRef": target} for name, target in (links or {}).items()]
        await self.owner.mutate(
            "connectPlugin",
            "connection { id }",
            objectRef=ref,
            pluginTag=plugin,
            links=given,
            config=config,
            onFailure=on_failure,
        )

    async def authorize(self, *plugins: str) -> None:
        """Let plugins work for the business and the seller."""
        for owner_ref in (f"commerce:Business:{self.business}", f"market:Seller:{self.seller}"):
            for plugin in plugins:
                target = {"ownerRef": owner_ref}
                await self.owner.mutate("authorizePlugin", "authorization { id }", target=target, pluginTag=plugin)

    async def adjust(self, good: str, delta: int) -> dict[str, Any]:
        """Change a good's stock; gives the mutation's payload."""
        return await self.owner.attempt("adjustStock", "good { stock }", goodId=good, delta=delta)

    async def place(self, *lines: tuple[Ware, int], email: str = "carol@example.org") -> Placed:
        """Place an order."""
        payload = await self.attempt_order(*lines, email=email)
        assert payload["errors"] == [], payload
        return Placed(payload["order"]["id"], payload["run"])

    async def attempt_order(self, *lines: tuple[Ware, int], email: str = "carol@example.org") -> dict[str, Any]:
        """Place an order; gives the mutation's payload."""
        wanted = [{"offerId": ware.offer, "quantity": quantity} for ware, quantity in lines]
        buyer = {"name": email.partition("@")[0].title(), "email": email}
        return await self.owner.attempt("placeOrder", "order { id status }", lines=wanted, buyer=buyer)

    async def numbers(self, ware: Ware) -> Numbers:
        """An offer's numbers, read at one moment."""
        query = "query ($id: ID!) { sellOffer(id: $id) { stock reserved available } }"
        return Numbers(**(await self.owner.ask(query, id=ware.offer))["sellOffer"])

    async def numbers_of(self, wares: Sequence[Ware]) -> list[Numbers]:
        """The numbers of several offers."""
        parts = [f'w{i}: sellOffer(id: "{ware.offer}") {{ stock reserved available }}' for i, ware in enumerate(wares)]
        return [Numbers(**seen) for seen in (await self.owner.ask(f"{{ {' '.join(parts)} }}")).values()]

    async def stock(self, good: str) -> int:
        """A good's stock."""
        found = await self.owner.ask("query ($id: ID!) { good(id: $id) { stock } }", id=good)
        return int(found["good"]["stock"])

    async def order(self, id: str) -> dict[str, Any]:
        """An order's status, and why it was cancelled."""
        query = "query ($id: ID!) { order(id: $id) { status cancelReason } }"
        found: dict[str, Any] = (await self.owner.ask(query, id=id))["order"]
        return found

    async def sales(self) -> list[dict[str, Any]]:
        """All sales of the business."""
        query = """query ($id: ID!) { sales(businessId: $id, first: 100) { edges { node {
            id status externalRef customer { email } lines { quantity good { id } } } } } }"""
        return nodes((await self.owner.ask(query, id=self.business))["sales"])

    async def customers(self) -> list[dict[str, Any]]:
        """All customers of the business."""
        query = "query ($id: ID!) { customers(businessId: $id, first: 100) { edges { node { name email } } } }"
        return nodes((await self.owner.ask(query, id=self.business))["customers"])

    async def traffic(self, *refs: str) -> Traffic:
        """What there was and is about these objects."""
        parts = [ABOUT.format(number=number) for number in range(len(refs))]
        given = ", ".join(f"$ref{number}: String!" for number in range(len(refs)))
        query = f"query ({given}) {{ {' '.join(parts)} }}"
        seen = await self.admin.ask(query, **{f"ref{number}": ref for number, ref in enumerate(refs)})
        traffic = Traffic({}, {})
        for alias, connection in seen.items():
            into = traffic.runs if alias.startswith("runs") else traffic.deliveries
            into.update({node["id"]: node for node in nodes(connection)})
        return traffic

    async def at_rest(self, *refs: str) -> list[dict[str, Any]]:
        """Wait until nothing about these objects goes on; gives the runs.

        Runs start from calls, deliveries and other runs alone: where all are at their end, no further run comes.
        """
        before = await self.traffic(*refs)
        while True:
            for run in before.open_runs:
                await self.owner.finished(run)
            now = await self.traffic(*refs)
            if now == before and now.is_over:
                return list(now.runs.values())
            before = now


def nodes(connection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a Relay connection holds."""
    return [edge["node"] for edge in connection["edges"]]


def flows(runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """The flows of runs, sorted."""
    return sorted(run["flow"] for run in runs)


async def open_shop(owner: Caller, admin: Caller) -> Shop:
    """A business and a seller for a user, with both first-party plugins authorized."""
    business = (await owner.mutate("createBusiness", "business { id }", name="A business"))["business"]["id"]
    seller = (await owner.mutate("createSeller", "seller { id }", name="A seller"))["seller"]["id"]
    shop = Shop(owner, admin, business, seller)
    await shop.authorize(*FIRST_PARTY)
    return shop
