"""Small supergraphs that several plan tests share."""

from __future__ import annotations

from functools import cache

from gateway.supergraph import Supergraph
from tests.unit.gateway.planner.support import composed

BUSINESS = {
    "commerce": """
        type Query { good(id: ID!): Good  goods: [Good!]! }
        type Mutation { adjustStock(id: ID!, by: Int!): Good!  renameGood(id: ID!, name: String!): Good! }
        type Subscription { stockChanged: Good! }
        type Good @key(fields: "id") { id: ID!  name: String!  stock: Int! }
    """,
    "market": """
        type Query { offers: [SellOffer!]! }
        type Mutation { closeOffer(id: ID!): SellOffer! }
        type SellOffer @key(fields: "id") { id: ID!  available: Int!  seller: Seller! }
        type Seller @key(fields: "id") { id: ID!  name: String! }
    """,
    "registrar": """
        union LinkedObject = Good | SellOffer
        type Link { object: LinkedObject! }
        type Connection { id: ID!  links: [Link!]! }
        type Good @key(fields: "id") { id: ID!  connections: [Connection!]! }
        type SellOffer @key(fields: "id") { id: ID!  connections: [Connection!]! }
    """,
}


@cache
def business() -> Supergraph:
    return composed(BUSINESS)
