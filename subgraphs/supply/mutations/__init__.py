"""Supply's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from subgraphs.supply.mutations.item import ItemMutations
from subgraphs.supply.mutations.transform import TransformMutations


@strawberry.type
class Mutation(ItemMutations, TransformMutations):
    """All of them."""
