"""What a supergraph document says: its model, the schema for clients, the graph of moves between subgraphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from gateway.supergraph.api_schema import build_api_schema
from gateway.supergraph.authorization import Requirements, read_requirements
from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.graph import Labels, MoveGraph
from gateway.supergraph.model import Model
from gateway.supergraph.reader import parse_supergraph, read_model
from gateway.supergraph.search import PathSearch
from gateway.supergraph.type_index import TypeIndex

__all__ = ["Supergraph", "SupergraphError", "load_supergraph"]

MAX_SEARCHES = 64


@dataclass(frozen=True)
class Supergraph:
    """A loaded supergraph. Never changes; a new document makes a new one."""

    api_schema: GraphQLSchema
    model: Model
    type_index: TypeIndex
    requirements: Requirements = field(default_factory=lambda: Requirements({}))
    _searches: dict[Labels, PathSearch] = field(default_factory=dict, repr=False, compare=False)

    @property
    def subgraphs(self) -> Mapping[str, str]:
        """URL by subgraph name."""
        return self.model.subgraphs

    def search(self, labels: Labels = frozenset()) -> PathSearch:
        """The path search over the graph of moves as it is while these override labels are active."""
        if labels not in self._searches:
            if len(self._searches) >= MAX_SEARCHES:
                self._searches.pop(next(iter(self._searches)))
            self._searches[labels] = PathSearch(MoveGraph(self.model, labels))
        return self._searches[labels]


def load_supergraph(sdl: str) -> Supergraph:
    """Reads a supergraph document (join spec). Raises SupergraphError where it cannot be served as it is."""
    document = parse_supergraph(sdl)
    model = read_model(document)
    return Supergraph(build_api_schema(document), model, TypeIndex(model), read_requirements(document, model))
