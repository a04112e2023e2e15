"""The registrar's mutations: each checks the caller's rights, runs its flow and shows what is stored then."""

from __future__ import annotations

import strawberry

from .authorization import AuthorizationMutations
from .connection import ConnectionMutations
from .delivery import DeliveryMutations
from .plugin import PluginMutations
from .role import RoleMutations


@strawberry.type
class Mutation(PluginMutations, AuthorizationMutations, ConnectionMutations, RoleMutations, DeliveryMutations):
    """All of them."""
