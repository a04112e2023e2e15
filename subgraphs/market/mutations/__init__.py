"""Market's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from .offer import OfferMutations
from .order import OrderMutations
from .seller import SellerMutations


@strawberry.type
class Mutation(SellerMutations, OfferMutations, OrderMutations):
    """All of them."""
