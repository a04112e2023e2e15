"""A shop over four subgraphs that uses most of what federation has, and random data for it."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.unit.gateway.executor.support import Computed, Federation, World, federate

SDLS = {
    "products": """
        type Query {
            product(id: ID!): Product
            products(first: Int = 2): [Product!]!
            search: [Found]
            nodes: [Node!]!
            brand: Brand @shareable
            settings: Settings @shareable
        }
        interface Node { id: ID! }
        union Found = Product | Brand | User
        enum Size { SMALL LARGE }
        type Product implements Node @key(fields: "id") @key(fields: "sku brand { id }") {
            id: ID!
            sku: String!
            brand: Brand!
            name: String
            size: Size
            dimensions: Dimensions @shareable
            price(currency: String = "EUR"): Int
            weight: Int
            similar(first: Int): [Product]
        }
        type Dimensions @shareable { height: Int  width: Int! }
        type Brand @key(fields: "id") { id: ID!  title: String! @shareable }
        type User @key(fields: "id", resolvable: false) { id: ID! }
        type Settings @shareable { theme: String }
    """,
    "reviews": """
        type Query { latest: [Review]  settings: Settings @shareable }
        interface Node { id: ID! }
        type Review implements Node @key(fields: "id") {
            id: ID!
            body: String
            stars: Int!
            product: Product
            author: User @provides(fields: "username")
            subject: Subject
        }
        union Subject = Product | User
        type Product @key(fields: "id") {
            id: ID!
            reviews(limit: Int): [Review!]!
            score: Float
            weight: Int @external
            heavy: Boolean @requires(fields: "weight")
        }
        type User @key(fields: "id") { id: ID!  username: String @external  reviews: [Review] }
        type Settings @shareable { theme: String  language: String }
    """,
    "accounts": """
        type Query { me: User  accounts: [Account!]!  account(id: ID!): Account }
        interface Account @key(fields: "id") { id: ID!  email: String }
        interface Node { id: ID! }
        type User implements Account & Node @key(fields: "id") {
            id: ID!
            username: String @shareable
            email: String
            favourite: Product
            bots: [Bot]
        }
        type Bot implements Account & Node @key(fields: "id") { id: ID!  email: String  owner: User!  model: String }
        type Product @key(fields: "id", resolvable: false) { id: ID! }
    """,
    "inventory": """
        type Query { brand: Brand @shareable }
        type Product @key(fields: "sku brand { id }") {
            sku: String!
            brand: Brand!
            stock: Int
            price(currency: String = "EUR"): Int @external
            weight: Int @external
            dimensions: Dimensions @external
            shipping(zone: Int = 1): Int
                @requires(fields: "price(currency: \\"USD\\") weight dimensions { height }")
            bulk: Int @requires(fields: "heavy")
            toll: Int @requires(fields: "price(currency: \\"EUR\\")")
            heavy: Boolean @external
        }
        type Dimensions { height: Int @external }
        type Brand @key(fields: "id") { id: ID!  founded: Int  title: String @shareable }
        type Account @key(fields: "id") @interfaceObject { id: ID!  logins: Int  watched: [Product] }
    """,
}


def shop(seed: int = 0, nulls: float = 0.0, errors: float = 0.0) -> Federation:
    """The shop with data from this seed; `nulls` and `errors` are the shares of values that are such."""
    return federate(SDLS, build_world(Random(seed), nulls, errors))


def build_world(random: Random, nulls: float = 0.0, errors: float = 0.0) -> World:
    brands = {f"b{n}": _brand(n) for n in range(3)}
    products = {f"p{n}": _product(n, random.choice([*brands.values()])) for n in range(5)}
    users = {f"u{n}": _user(n) for n in range(3)}
    bots = {f"t{n}": _bot(n, random.choice([*users.values()])) for n in range(2)}
    reviews = {f"r{n}": _review(n) for n in range(6)}

    def some(table: dict[str, Any], most: int = 3) -> list[Any]:
        return random.sample([*table.values()], random.choice((0, 1, 1, most)))

    for product in products.values():
        product["reviews"] = _limited(some(reviews), "limit")
        product["similar"] = _limited(some(products), "first")
    for review in reviews.values():
        review["product"] = random.choice([*products.values()])
        review["author"] = random.choice([*users.values()])
        review["subject"] = random.choice([*products.values(), *users.values()])
    for account in (*users.values(), *bots.values()):
        account["reviews"] = some(reviews)
        account["favourite"] = random.choice([*products.values()])
        account["bots"] = some(bots, 2)
        account["watched"] = some(products)
    tables = {"Product": products, "Brand": brands, "User": users, "Bot": bots, "Review": reviews}
    if nulls:
        _inject(tables, random, nulls, NULLABLE, None)
    if errors:
        _inject(tables, random, errors, FAILING, Computed(_fail))
    accounts = {**users, **bots}
    roots: dict[str, Any] = {
        "product": Computed(lambda _, arguments: products.get(arguments["id"])),
        "products": _limited([*products.values()], "first"),
        "search": [random.choice([*products.values(), *brands.values(), *users.values()]) for _ in range(8)],
        "nodes": some(products, 5),
        "brand": brands["b1"],
        "settings": {"__typename": "Settings", "theme": "dark", "language": "de"},
        "latest": [*some(reviews, 5), None, *some(reviews)],
        "me": users["u0"],
        "accounts": [*accounts.values()],
        "account": Computed(lambda _, arguments: accounts.get(arguments["id"])),
    }
    return World(tables, roots)


def _brand(n: int) -> dict[str, Any]:
    return {"__typename": "Brand", "id": f"b{n}", "title": f"Brand {n}", "founded": 1900 + n}


def _product(n: int, brand: dict[str, Any]) -> dict[str, Any]:
    return {
        "__typename": "Product",
        "id": f"p{n}",
        "sku": f"sku{n}",
        "brand": brand,
        "name": f"Product {n}",
        "size": ["SMALL", "LARGE"][n % 2],
        "dimensions": {"__typename": "Dimensions", "height": n, "width": n + 1},
        "price": Computed(lambda _, arguments: 100 * n + _rate(arguments)),
        "weight": 10 * n,
        "score": n / 2,
        "heavy": Computed(lambda get, _: None if get("weight") is None else get("weight") > 20),
        "stock": 7 * n,
        "shipping": Computed(_shipping),
        "toll": Computed(lambda get, _: 2 * get("price", currency="EUR")),
        "bulk": Computed(lambda get, _: {None: None, True: 1, False: 0}[get("heavy")]),
    }


def _rate(arguments: Any) -> int:
    return {"EUR": 1, "USD": 2}.get(arguments.get("currency"), 3)


def _shipping(get: Any, arguments: Any) -> int | None:
    dimensions = get("dimensions")
    if dimensions is None or get("weight") is None or dimensions["height"] is None:
        return None
    price = get("price", currency="USD")
    return int(price + get("weight") + dimensions["height"] * arguments.get("zone", 0))


def _user(n: int) -> dict[str, Any]:
    email = f"u{n}@example.org"
    return {"__typename": "User", "id": f"u{n}", "username": f"user{n}", "email": email, "logins": n}


def _bot(n: int, owner: dict[str, Any]) -> dict[str, Any]:
    return {
        "__typename": "Bot",
        "id": f"t{n}",
        "email": None,
        "owner": owner,
        "model": f"model {n}",
        "logins": 100 + n,
    }


def _review(n: int) -> dict[str, Any]:
    return {"__typename": "Review", "id": f"r{n}", "body": f"Body {n}", "stars": n % 5}


def _limited(items: list[Any], argument: str) -> Computed:
    return Computed(lambda _, arguments: items[: arguments.get(argument)])


NULLABLE = {
    "Product": ("name", "size", "dimensions", "weight", "score", "stock"),
    "Brand": ("founded",),
    "User": ("username", "email", "favourite", "logins", "bots"),
    "Bot": ("model", "logins"),
    "Review": ("body", "product", "author", "subject"),
}


# What others require is left alone: a monolith would fail where the gateway sends null. So is what is
# stricter in its subgraph than in the API: there a null takes along more.
FAILING = {
    "Product": ("name", "size", "score", "stock", "reviews"),
    "Brand": ("founded",),
    "User": ("username", "email", "favourite", "logins", "bots"),
    "Bot": ("model", "logins", "owner"),
    "Review": ("body", "product", "author", "stars"),
}


def _fail(*_: Any) -> Any:
    raise ValueError("out of order")


def _inject(
    tables: dict[str, dict[str, dict[str, Any]]],
    random: Random,
    share: float,
    names: dict[str, tuple[str, ...]],
    value: Computed | None,
) -> None:
    for typename, table in tables.items():
        for item in table.values():
            for name in names[typename]:
                if random.random() < share:
                    item[name] = value
