"""Commerce's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from .business import BusinessMutations
from .good import GoodMutations
from .production import ProductionMutations
from .sale import SaleMutations


@strawberry.type
class Mutation(BusinessMutations, GoodMutations, SaleMutations, ProductionMutations):
    """All of them."""
