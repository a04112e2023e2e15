"""One random federation: the cut, its supergraph, the servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from graphql import GraphQLSchema

from gateway.composition import Subgraph, compose
from gateway.supergraph import Supergraph, load_supergraph
from tests.oracle.contexts import add_contexts
from tests.oracle.facts import Facts
from tests.oracle.roots import add_query_below
from tests.oracle.server import Server, executable
from tests.oracle.twists import add_interface_object, leave_members_out, require_deeply, tighten
from tests.oracle.world import World
from tests.support.federation.chance import Chance
from tests.support.federation.cut import Cut, cut
from tests.support.federation.monolith import Size, monolith

SIZE = Size(entities=4, values=1, interfaces=2, unions=2, enums=1, inputs=2, scalars=1, fields=6)


class DoesNotCompose(AssertionError):
    """The cutter promises what composes, so cutter or composer are wrong."""


@dataclass(frozen=True)
class Federation:
    """A monolith in pieces."""

    cut: Cut
    supergraph: Supergraph
    schemas: dict[str, GraphQLSchema]
    facts: Facts
    labels: tuple[str, ...]

    @classmethod
    def of_seed(cls, seed: int) -> Federation:
        """Raises DoesNotCompose."""
        chance = Chance.of_random(Random(seed))
        found = cut(monolith(chance, SIZE), chance, most=6, least=4, twists=(require_deeply,))
        if chance.flag():
            found = add_interface_object(found, chance)
        leave_members_out(found, chance)
        tighten(found, chance)
        if chance.flag(3):
            found = add_query_below(found, chance)
        if not chance.flag(4):
            found = add_contexts(found, chance)
        result = compose([Subgraph(part.name, part.url, part.sdl) for part in found.parts])
        if result.supergraph is None:
            reasons = "\n".join(f"{error.code}: {error.message}" for error in result.errors)
            raise DoesNotCompose(f"federation {seed} does not compose\n{reasons}")
        roles = [role for part in found.parts for fields in part.roles.values() for role in fields.values()]
        supergraph = load_supergraph(result.supergraph)
        return cls(
            cut=found,
            supergraph=supergraph,
            schemas={part.name: executable(part) for part in found.parts},
            facts=Facts.of(found.whole, found.parts, supergraph.api_schema),
            labels=tuple(sorted({role.label for role in roles if role.label is not None})),
        )

    def untouched(self) -> Federation:
        """The same without what planning has learned of the supergraph, which a fault may falsify."""
        known = self.supergraph
        return replace(self, supergraph=Supergraph(known.api_schema, known.model, known.type_index))

    def servers(self, world: World, labels: frozenset[str]) -> dict[str, Server]:
        """A server for each part."""
        return {part.name: Server(part, self.schemas[part.name], world, labels) for part in self.cut.parts}
