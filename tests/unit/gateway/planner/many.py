"""Graphs of one entity that many subgraphs know in part, so that an operation has very many plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from random import Random

from gateway.planner.nodes import BatchFetch, Condition, EntityCall, EntityFetch, Fetch, Node, Parallel, Sequence
from gateway.supergraph import Supergraph, load_supergraph
from tests.unit.gateway.planner.support import composed_text

Subgraphs = frozenset[int]
NOTHING: Subgraphs = frozenset()


@dataclass(eq=False)
class Wish:
    """A selection on the entity: plain fields and, below links, the same again."""

    fields: list[int]
    links: dict[int, Wish] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"f{name}" for name in self.fields] + [f"n{name} {wish}" for name, wish in self.links.items()]
        return f"{{ {' '.join(parts)} }}"


@dataclass(frozen=True)
class ManyPlans:
    """Which of the subgraphs know each field, and the link of the same number."""

    count: int
    known: tuple[Subgraphs, ...]

    @classmethod
    def random(cls, random: Random, count: int, fields: int, copies: int) -> ManyPlans:
        return cls(count, tuple(frozenset(random.sample(range(count), copies)) for _ in range(fields)))

    def supergraph(self) -> Supergraph:
        return load_supergraph(self.supergraph_text())

    def supergraph_text(self) -> str:
        return composed_text({f"s{number}": self._sdl(number) for number in range(self.count)})

    def _sdl(self, number: int) -> str:
        own = [name for name, subgraphs in enumerate(self.known) if number in subgraphs]
        fields = " ".join(f"n{name}: Node @shareable f{name}: String @shareable" for name in own)
        return f'type Query {{ node: Node @shareable }} type Node @key(fields: "id") {{ id: ID! {fields} }}'

    def wish(self, random: Random, depth: int, width: int) -> Wish:
        if depth == 0:
            return Wish(sorted(random.sample(range(len(self.known)), width)))
        names = sorted(random.sample(range(len(self.known)), width))
        return Wish([], {name: self.wish(random, depth - 1, width) for name in names})

    def fewest(self, wish: Wish) -> int:
        """The fewest requests that a plan without batches can have, found by trying everything."""

        @cache
        def entries(wish: Wish, at_hand: Subgraphs) -> float:
            others = sorted(frozenset(range(self.count)) - at_hand)
            found = float("inf")
            for size in range(len(others) + 1):
                for more in combinations(others, size):
                    if size < found:
                        found = min(found, size + below(wish, at_hand | frozenset(more)))
            return found

        def below(wish: Wish, read: Subgraphs) -> float:
            if any(not self.known[name] & read for name in (*wish.fields, *wish.links)):
                return float("inf")
            return sum(entries(inner, self.known[name] & read) for name, inner in wish.links.items())

        everywhere = range(self.count)
        roots = [frozenset(some) for size in (1, 2) for some in combinations(everywhere, size)]
        return int(min(len(root) + entries(wish, root) for root in roots))


def requests(node: Node | None) -> Iterator[Fetch | EntityFetch | BatchFetch]:
    """All requests of a plan."""
    match node:
        case Sequence(nodes) | Parallel(nodes):
            for inner in nodes:
                yield from requests(inner)
        case Condition(node=inner):
            yield from requests(inner)
        case Fetch() | EntityFetch() | BatchFetch():
            yield node


def waves(node: Node | None) -> list[list[str]]:
    """The subgraphs asked in each wave, once for each request."""
    steps = node.nodes if isinstance(node, Sequence) else (node,)
    return [[request.request.service for request in requests(step)] for step in steps]


def entries(node: Node | None) -> int:
    """How many requests there would be if each place was asked about by itself."""
    return sum(sum(len(call.targets) for call in _calls(item)) or 1 for item in requests(node))


def entity_calls(node: Node | None) -> int:
    """How many requests there would be without batches."""
    return sum(len(_calls(item)) or 1 for item in requests(node))


def _calls(item: Fetch | EntityFetch | BatchFetch) -> tuple[EntityCall, ...]:
    match item:
        case BatchFetch(calls=calls):
            return calls
        case EntityFetch(call=call):
            return (call,)
        case Fetch():
            return ()
