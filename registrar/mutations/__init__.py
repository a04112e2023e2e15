"""The registrar's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from registrar.mutations.authorization import AuthorizationMutations
from registrar.mutations.connection import ConnectionMutations
from registrar.mutations.delivery import DeliveryMutations
from registrar.mutations.plugin import PluginMutations
from registrar.mutations.role import RoleMutations


@strawberry.type
class Mutation(PluginMutations, AuthorizationMutations, ConnectionMutations, RoleMutations, DeliveryMutations):
    """All of them."""
