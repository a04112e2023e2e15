"""A shop cut into subgraphs that together use what a supergraph can say: what is theirs, what is asked, what is right.

Wherever a field could be asked of a subgraph that should not be, that subgraph answers something else.
"""

from __future__ import annotations

from typing import Any

from tests.interop.sdl_subgraph import SdlSubgraph

WRONG = "asked of the wrong subgraph"

Data = dict[str, Any]

BRANDS: dict[str, Data] = {"acme": {"name": "acme", "country": "NL"}, "zeta": {"name": "zeta", "country": None}}
PRODUCTS: dict[str, Data] = {
    "1": {"id": "1", "sku": "lamp", "brand": BRANDS["acme"], "name": "Lamp", "weight": 3, "price": 20, "size": "SMALL"},
    "2": {"id": "2", "sku": "chair", "brand": BRANDS["zeta"], "name": "Chair", "weight": 9, "price": 50, "size": None},
    "3": {"id": "3", "sku": "air", "brand": BRANDS["acme"], "name": "Air", "weight": None, "price": 1, "size": "LARGE"},
}
MEDIA: dict[str, Data] = {
    "m1": {"__typename": "Book", "id": "m1", "title": "Lamps of the world", "pages": 200},
    "m2": {"__typename": "Film", "id": "m2", "title": "The chair", "minutes": 90},
}
USERS: dict[str, Data] = {
    "u1": {"id": "u1", "name": "Ada", "badge": "gold"},
    "u2": {"id": "u2", "name": "Bob", "badge": None},
}
REVIEWS: list[Data] = [
    {"id": "r1", "stars": 5, "body": "Bright", "author": "u1", "product": "1", "media": None},
    {"id": "r2", "stars": 2, "body": None, "author": "u2", "product": "2", "media": None},
    {"id": "r3", "stars": 4, "body": "Long", "author": "u2", "product": None, "media": "m1"},
]
STOCK = {"1": 12, "2": 0}


def _product(id: str | None) -> Data | None:
    found = PRODUCTS.get(id or "")
    return None if found is None else {"__typename": "Product", **found, "stock": -1, "secret": "hidden"}


def _known_product(representation: Data) -> Data | None:
    if "id" in representation:
        return _product(representation["id"])
    names = (representation["sku"], representation["brand"]["name"])
    return next((_product(id) for id, item in PRODUCTS.items() if (item["sku"], item["brand"]["name"]) == names), None)


def _link(version: str, *names: str) -> str:
    imported = ", ".join(f'"@{name}"' for name in names)
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/v{version}", import: [{imported}])\n'


def catalogue() -> SdlSubgraph:
    """Owns products and media; its roots have names of their own."""
    sdl = """
        schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
            "@key", "@shareable", "@inaccessible", { name: "@tag", as: "@label" }
        ]) { query: Reading mutation: Writing }

        type Reading {
            "All there are."
            products: [Product!]!
            product(id: ID!): Product
            node(id: ID!): Node
            find(text: String!, size: Size = SMALL): [Found!]!
            media: [Media!]!
        }
        type Writing { rename(input: Renaming!): Product }
        input Renaming { id: ID! name: String! loud: Boolean = false }

        interface Node { id: ID! }
        interface Media @key(fields: "id") { id: ID! title: String! }
        type Book implements Media & Node @key(fields: "id") { id: ID! title: String! pages: Int }
        type Film implements Media & Node @key(fields: "id") { id: ID! title: String! minutes: Int }
        type Product implements Node @key(fields: "id") @key(fields: "sku brand { name }") {
            id: ID!
            sku: ID!
            brand: Brand!
            name: String! @label(name: "public")
            weight: Int
            price: Int
            size: Size
            stock: Int
            secret: String @inaccessible
            slogan: String @deprecated(reason: "nobody read it")
        }
        type Brand @shareable { name: String! country: String }
        union Found = Product | Book | Film
        enum Size { SMALL LARGE HUGE @inaccessible }
    """

    def find(_: Any, text: str, size: str) -> list[Any]:
        products = [_product(id) for id, item in PRODUCTS.items() if item["size"] == size]
        return products + [item for item in MEDIA.values() if text.lower() in str(item["title"]).lower()]

    def rename(_: Any, input: Data) -> Data | None:
        found = _product(input["id"])
        return found and found | {"name": input["name"].upper() if input["loud"] else input["name"]}

    return SdlSubgraph(
        "catalogue",
        sdl,
        query="Reading",
        resolvers={
            "Reading.products": lambda _: [*map(_product, PRODUCTS)],
            "Reading.product": lambda _, id: _product(id),
            "Reading.node": lambda _, id: _product(id) or MEDIA.get(id),
            "Reading.find": find,
            "Reading.media": lambda _: [*MEDIA.values()],
            "Writing.rename": rename,
        },
        entities={
            "Product": _known_product,
            "Book": lambda given: MEDIA.get(given["id"]),
            "Film": lambda given: MEDIA.get(given["id"]),
            "Media": lambda given: MEDIA.get(given["id"]),
        },
    )


def shipping() -> SdlSubgraph:
    """Needs what others own, one need being computed from another."""
    sdl = (
        _link("2.0", "key", "external", "requires")
        + """
        type Product @key(fields: "id") {
            id: ID!
            weight: Int @external
            brand: Brand! @external
            parcel: Parcel @requires(fields: "weight")
            origin(upper: Boolean! = false): String! @requires(fields: "brand { country }")
            cost(express: Boolean): Int @requires(fields: "weight price")
            price: Int @external
        }
        type Brand { country: String @external }
        type Parcel { kilos: Int! heavy: Boolean! }
    """
    )

    def parcel(product: Data) -> Data | None:
        return None if product["weight"] is None else {"kilos": product["weight"], "heavy": product["weight"] > 5}

    def origin(product: Data, upper: bool) -> str:
        country = product["brand"]["country"] or "somewhere"
        return country.upper() if upper else country

    def cost(product: Data, express: bool | None = None) -> int | None:
        if product["weight"] is None:
            return None
        return int(product["weight"] * 10 + product["price"]) * (2 if express else 1)

    return SdlSubgraph(
        "shipping",
        sdl,
        resolvers={"Product.parcel": parcel, "Product.origin": origin, "Product.cost": cost},
        entities={"Product": lambda given: given},
    )


def reviews() -> SdlSubgraph:
    """Knows products by their second key and media as one object, whatever they are."""
    sdl = (
        _link("2.7", "key", "external", "provides", "shareable", "interfaceObject")
        + """
        type Query { reviews(first: Int = 10): [Review!]! latest: Review best: Subject }
        type Mutation { review(stars: Int!): Review! }
        type Review @key(fields: "id") {
            id: ID!
            stars: Int!
            body: String
            author: User! @provides(fields: "name")
            anonymous: User!
            product: Product
        }
        type User @key(fields: "id") { id: ID! name: String @external badge: String reviews: [Review!]! }
        type Product @key(fields: "sku brand { name }") { sku: ID! brand: Brand! reviews: [Review!]! rating: Float }
        type Brand @shareable { name: String! }
        type Media @key(fields: "id") @interfaceObject { id: ID! reviews: [Review!]! }
        union Subject = Product | Review
    """
    )

    def full(item: Data) -> Data:
        product = PRODUCTS.get(item["product"] or "")
        user = USERS[item["author"]] | {"badge": WRONG}
        known = product and {"__typename": "Product", "sku": product["sku"], "brand": product["brand"]}
        return item | {"__typename": "Review", "product": known, "author": user, "anonymous": user | {"name": WRONG}}

    def of_product(product: Data) -> list[Data]:
        id = next((id for id, item in PRODUCTS.items() if item["sku"] == product["sku"]), None)
        return [full(item) for item in REVIEWS if id is not None and item["product"] == id]

    def rating(product: Data) -> float | None:
        stars = [item["stars"] for item in of_product(product)]
        return sum(stars) / len(stars) if stars else None

    return SdlSubgraph(
        "reviews",
        sdl,
        resolvers={
            "Query.reviews": lambda _, first: [*map(full, REVIEWS[:first])],
            "Query.latest": lambda _: full(REVIEWS[-1]),
            "Query.best": lambda _: full(REVIEWS[0])["product"],
            "Mutation.review": lambda _, stars: full(REVIEWS[0] | {"id": "new", "stars": stars}),
            "User.reviews": lambda user: [full(item) for item in REVIEWS if item["author"] == user["id"]],
            "Product.reviews": of_product,
            "Product.rating": rating,
            "Media.reviews": lambda media: [full(item) for item in REVIEWS if item["media"] == media["id"]],
        },
        entities={
            "Product": lambda given: given,
            "User": lambda given: given | {"name": WRONG, "badge": WRONG},
            "Media": lambda given: given,
            "Review": lambda given: next((full(item) for item in REVIEWS if item["id"] == given["id"]), None),
        },
    )


def accounts() -> SdlSubgraph:
    """Owns users, a field of which it took over from reviews."""
    sdl = (
        _link("2.5", "key", "override", "shareable")
        + """
        type Query { me: User users: [User!]! }
        type User @key(fields: "id") {
            id: ID!
            name: String @shareable
            badge: String @override(from: "reviews")
            favourite: Favourite
        }
        union Favourite = Book | Product
        type Book @key(fields: "id", resolvable: false) { id: ID! }
        type Product @key(fields: "id", resolvable: false) { id: ID! }
    """
    )
    favourites = {"u1": {"__typename": "Book", "id": "m1"}, "u2": {"__typename": "Product", "id": "2"}}

    def user(id: str) -> Data | None:
        return USERS.get(id) and {**USERS[id], "favourite": favourites[id]}

    return SdlSubgraph(
        "accounts",
        sdl,
        resolvers={"Query.me": lambda _: user("u1"), "Query.users": lambda _: [*map(user, USERS)]},
        entities={"User": lambda given: user(given["id"])},
    )


def stock() -> SdlSubgraph:
    """Took over a field of the catalogue's, and knows some products only."""
    sdl = (
        _link("2.9", "key", "override", "shareable")
        + """
        type Product @key(fields: "id") {
            id: ID!
            stock: Int @override(from: "catalogue")
            shelves: [[Shelf!]!]
        }
        type Shelf @shareable { row: Int! place: Place! }
        enum Place { TOP BOTTOM }
    """
    )

    def known(given: Data) -> Data | None:
        if given["id"] not in STOCK:
            return None
        shelves = [[{"row": 1, "place": "TOP"}, {"row": 2, "place": "BOTTOM"}], []]
        return {"id": given["id"], "stock": STOCK[given["id"]], "shelves": shelves if STOCK[given["id"]] else None}

    return SdlSubgraph("stock", sdl, entities={"Product": known})


def subgraphs() -> list[SdlSubgraph]:
    """All of them."""
    return [catalogue(), shipping(), reviews(), accounts(), stock()]
