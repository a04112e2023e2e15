"""A graph of one entity that seven subgraphs know in part, and an operation on it that has very many plans."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from gateway.composition import Subgraph, compose

_LINK: Final = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n'
_SUBGRAPHS: Final = 7
_FIELDS: Final = 7
_COPIES: Final = 4
_DEPTH: Final = 4
_WIDTH: Final = 4
_SEED: Final = 8


def many_plans() -> tuple[str, str]:
    """The supergraph and the operation; always the same."""
    return compose_or_raise(many_plans_subgraphs()), operation_of_depth(_DEPTH)


def many_plans_subgraphs() -> list[Subgraph]:
    """The subgraphs: each knows some of the links and fields."""
    known = _known(Random(_SEED))
    return [Subgraph(f"s{number}", f"http://s{number}.invalid", _sdl(number, known)) for number in range(_SUBGRAPHS)]


def operation_of_depth(depth: int) -> str:
    """Asks for links, and links below them, so many levels deep."""
    random = Random(_SEED)
    _known(random)
    return f"{{ node {_selection(random, depth)} }}"


def compose_or_raise(subgraphs: Sequence[Subgraph]) -> str:
    """The supergraph. Raises RuntimeError where there is none."""
    composed = compose(list(subgraphs))
    if composed.supergraph is None:
        raise RuntimeError(f"the benchmark's graph does not compose: {composed.errors}")
    return composed.supergraph


def _known(random: Random) -> list[list[int]]:
    return [random.sample(range(_SUBGRAPHS), _COPIES) for _ in range(_FIELDS)]


def fragments() -> str:
    """An operation on the same graph that is short and stands for millions of fields."""
    levels = []
    for level in range(9):
        links = " ".join(f"a{level}_{link}: n{link} {{ ...F{level + 1} }}" for link in range(_FIELDS))
        levels.append(f"fragment F{level} on Node {{ {links} }}")
    return f"{{ node {{ ...F0 }} }} {' '.join(levels)} fragment F9 on Node {{ f0 f1 }}"


def _sdl(number: int, known: Sequence[Sequence[int]]) -> str:
    own = [name for name, subgraphs in enumerate(known) if number in subgraphs]
    fields = " ".join(f"n{name}: Node @shareable f{name}: String @shareable" for name in own)
    return f'{_LINK}type Query {{ node: Node @shareable }} type Node @key(fields: "id") {{ id: ID! {fields} }}'


def _selection(random: Random, depth: int) -> str:
    names = sorted(random.sample(range(_FIELDS), _WIDTH))
    if not depth:
        return f"{{ {' '.join(f'f{name}' for name in names)} }}"
    return f"{{ {' '.join(f'n{name} {_selection(random, depth - 1)}' for name in names)} }}"
