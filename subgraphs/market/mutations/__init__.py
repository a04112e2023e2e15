"""Market's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from subgraphs.market.mutations.offer import OfferMutations
from subgraphs.market.mutations.order import OrderMutations
from subgraphs.market.mutations.seller import SellerMutations


@strawberry.type
class Mutation(SellerMutations, OfferMutations, OrderMutations):
    """All of them."""
