"""VIEWERs read, MANAGERs write, and what is read together is loaded together."""

from __future__ import annotations

import pytest

from identity import Principal, PrincipalKind, Role, role_id
from tests.integration.subgraphs.running import ANONYMOUS, RunningService, plugin
from tests.integration.subgraphs_market.finds import Finds
from tests.integration.subgraphs_market.market import Shop, euros, faults

VERA = Principal(PrincipalKind.USER, "vera", "Vera")
MAX = Principal(PrincipalKind.USER, "max", "Max")


async def grant(service: RunningService, ref: str, who: Principal, role: Role) -> None:
    """Give a role, as the registrar stores it."""
    row = {"_id": role_id(ref, who.id), "object_ref": ref, "user_id": who.id, "role": role.value, "version": 1}
    await service.store.collection("identity_roles").insert_one({**row, "created_at": 1, "deleted": False})


@pytest.fixture
async def staffed(shop: Shop) -> Shop:
    """A shop that vera may look at and max may run."""
    ref = f"market:Seller:{shop.seller_id}"
    await grant(shop.market, ref, VERA, Role.VIEWER)
    await grant(shop.market, ref, MAX, Role.MANAGER)
    return shop


WRITES: list[tuple[str, str]] = [
    ("createProduct", '{sellerId: "SELLER", title: "Mug"}'),
    ("createSellOffer", '{sellerId: "SELLER", productId: "p", price: {amount: "1", currency: "EUR"}}'),
    ("updateSellOffer", '{offerId: "OFFER", stock: 1}'),
    ("withdrawSellOffer", '{offerId: "OFFER"}'),
    ("cancelOrder", '{orderId: "ORDER"}'),
]


@pytest.mark.parametrize(("field", "given"), WRITES, ids=[field for field, _ in WRITES])
async def test_a_viewer_changes_nothing(staffed: Shop, field: str, given: str) -> None:
    offer = await staffed.offer(stock=7)
    order = (await staffed.place((offer, 2)))["order"]["id"]
    for name, id in (("SELLER", staffed.seller_id), ("OFFER", offer), ("ORDER", order)):
        given = given.replace(name, id)
    operation = f"mutation {{ {field}(input: {given}) {{ run {{ id }} errors {{ code }} }} }}"
    refused = await staffed.market.execute(operation, who=VERA)
    assert refused.errors[0].extensions["code"] == "FORBIDDEN"
    closed = await staffed.market.execute(operation, who=ANONYMOUS)
    assert closed.errors[0].extensions["code"] == "UNAUTHENTICATED"
    assert await staffed.stock(offer) == (7, 2, 5)


async def test_a_viewer_reads_the_seller_and_its_orders(staffed: Shop) -> None:
    offer = await staffed.offer()
    order = (await staffed.place((offer, 2)))["order"]["id"]
    query = """
      query($seller: ID!) {
        sellers { edges { node { name } } }
        orders(sellerId: $seller) { edges { node { id buyer { email } seller { name } lines { offer { stock } } } } }
      }
    """
    seen = await staffed.market.ask(query, {"seller": staffed.seller_id}, VERA)
    assert seen["sellers"]["edges"] == [{"node": {"name": "Shop"}}]
    (edge,) = seen["orders"]["edges"]
    assert edge["node"] == {
        "id": order,
        "buyer": {"email": "carol@example.org"},
        "seller": {"name": "Shop"},
        "lines": [{"offer": {"stock": 10}}],
    }


async def test_a_manager_runs_the_shop(staffed: Shop) -> None:
    as_max = Shop(staffed.market, staffed.seller_id, MAX)
    offer = await as_max.offer(stock=7)
    updated = await staffed.market.mutate(
        "updateSellOffer", "sellOffer { stock }", who=MAX, offerId=offer, price=euros("9"), stock=8
    )
    assert updated["sellOffer"] == {"stock": 8}
    order = (await as_max.place((offer, 1)))["order"]["id"]
    cancelled = await staffed.market.mutate("cancelOrder", "order { status }", who=MAX, orderId=order)
    assert cancelled["order"] == {"status": "CANCELLED"}


async def test_a_plugin_makes_no_seller(shop: Shop) -> None:
    made = await shop.market.execute(
        'mutation { createSeller(input: {name: "Mine"}) { run { id } } }', who=plugin("p", "market.sellers.write")
    )
    assert made.errors[0].extensions["code"] == "FORBIDDEN"


async def test_a_plugin_without_the_permission_reads_nothing(shop: Shop) -> None:
    offer = await shop.offer()
    await shop.market.authorize("p", f"market:Seller:{shop.seller_id}", "market.products.read")
    query = "query($id: ID!, $s: ID!) { sellOffer(id: $id) { id } sellOffers(sellerId: $s) { edges { cursor } } }"
    seen = await shop.market.ask(query, {"id": offer, "s": shop.seller_id}, plugin("p", "market.products.read"))
    assert seen == {"sellOffer": None, "sellOffers": None}
    refused = await shop.market.execute(
        "mutation($id: ID!) { withdrawSellOffer(input: {offerId: $id}) { run { id } } }",
        {"id": offer},
        plugin("p", "market.offers.read"),
    )
    assert refused.errors[0].extensions["code"] == "FORBIDDEN"


async def test_an_order_of_others_does_not_exist_for_a_plugin(shop: Shop) -> None:
    order = (await shop.place((await shop.offer(), 1)))["order"]["id"]
    commerce = plugin("commerce", "market.orders.write", "market.orders.read")
    refused = await shop.market.mutate("cancelOrder", "order { id }", who=commerce, orderId=order)
    assert faults(refused) == [("NOT_FOUND", ["orderId"])]


async def test_what_is_read_together_is_loaded_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [await shop.offer() for _ in range(6)]
    await shop.place(*[(offer, 1) for offer in offers])
    finds = Finds(monkeypatch)
    query = """
      query($seller: ID!) {
        sellOffers(sellerId: $seller) { edges { node { seller { name } product { title seller { name } } } } }
        orders(sellerId: $seller) { edges { node { seller { name } lines { offer { product { title } } } } } }
      }
    """
    seen = await shop.market.ask(query, {"seller": shop.seller_id})
    assert len(seen["sellOffers"]["edges"]) == 6
    assert len(seen["orders"]["edges"][0]["node"]["lines"]) == 6
    assert finds.of["market_products"] == 1
    assert finds.of["market_sellers"] == 1
    assert finds.of["market_offers"] <= 2
    assert finds.of["identity_roles"] == 1
