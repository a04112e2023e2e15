"""Commerce's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from subgraphs.commerce.mutations.business import BusinessMutations
from subgraphs.commerce.mutations.good import GoodMutations
from subgraphs.commerce.mutations.production import ProductionMutations
from subgraphs.commerce.mutations.sale import SaleMutations


@strawberry.type
class Mutation(BusinessMutations, GoodMutations, SaleMutations, ProductionMutations):
    """All of them."""
