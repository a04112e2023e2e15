"""What every part of the merge shares: the subgraphs in order, the schema being built, the report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from graphql import Node

from gateway.composition.merge.memos import Memos
from gateway.composition.merge.override import Overrides
from gateway.composition.model import Element, Kind, Schema, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema

E = TypeVar("E", bound=Element)


@dataclass(frozen=True, slots=True)
class Source(Generic[E]):
    """An element as one subgraph declares it."""

    subgraph: SubgraphSchema
    element: E

    @property
    def place(self) -> tuple[str, Node | None]:
        """Where to point in an error."""
        return self.subgraph.name, self.element.node


Sources = Sequence[Source[E]]


def declaring(sources: Sequence[Source[TypeDef]]) -> dict[str, list[Source[TypeDef]]]:
    """The sources of a type that have each field, by the field's name in order of first appearance."""
    found: dict[str, list[Source[TypeDef]]] = {}
    for source in sources:
        for name in source.element.fields:
            found.setdefault(name, []).append(source)
    return found


def graph_names(subgraphs: Sequence[SubgraphSchema]) -> dict[str, str]:
    """The ``join__Graph`` value of each subgraph: upper case, letters, digits and underscores, unique."""
    names: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for subgraph in subgraphs:
        base = re.sub(r"[^A-Z0-9_]", "_", subgraph.name.upper())
        if re.match(r"\d", base):
            base = f"_{base}"
        if re.search(r"_\d+$", base):
            base = f"{base}_"
        groups.setdefault(base, []).append(subgraph.name)
    for base, members in groups.items():
        for number, name in enumerate(members, start=1):
            names[name] = base if len(members) == 1 else f"{base}_{number}"
    return names


@dataclass(slots=True)
class ComposedDirective:
    """A directive whose applications are carried into the supergraph."""

    name: str
    """As subgraphs apply it: canonical for federation's, local for the user's own."""
    local: str
    """As the supergraph calls it."""
    repeatable: bool
    spec: str | None
    subgraphs: frozenset[str] | None = None
    """Whose applications are composed; None for everyone's."""

    def takes(self, subgraph: str) -> bool:
        """Whether this subgraph's applications are composed."""
        return self.subgraphs is None or subgraph in self.subgraphs


@dataclass(slots=True)
class Merge:
    """The state of one merge.

    What merges one type reads no more of this than the type's sources, ``graphs`` and ``overrides`` among these,
    ``composed``, the interface objects among the type's interfaces, and ``is_subtype``: by these, merged types
    are remembered (see ``merge.pieces``).
    """

    subgraphs: Sequence[SubgraphSchema]
    report: Report
    memos: Memos = field(default_factory=Memos)
    sources: dict[str, list[Source[TypeDef]]] = field(default_factory=dict)
    """Every type's declarations in the order of their subgraphs' names."""
    overrides: Overrides = field(default_factory=Overrides)
    schema: Schema = field(default_factory=Schema)
    graphs: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """The federation directives that any subgraph applies."""
    composed: dict[tuple[str | None, str], ComposedDirective] = field(default_factory=dict)
    subtypes: dict[str, set[str]] = field(default_factory=dict)
    enum_inputs: set[str] = field(default_factory=set)
    enum_outputs: set[str] = field(default_factory=set)
    interface_objects: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
    """What the join specification must be able to say: ``label``, ``directive``, ``context``."""

    compared: dict[tuple[str, str], bool] = field(default_factory=dict)
    """What ``is_subtype`` was asked and answered."""

    def is_subtype(self, sub: str, base: str) -> bool:
        """Whether an object or interface is, in any subgraph, a member or implementation of another type."""
        answer = self.compared[sub, base] = sub in self.subtypes.get(base, ())
        return answer

    def apart(self) -> Merge:
        """The same merge with a report and records of its own."""
        return replace(self, report=Report(), enum_inputs=set(), enum_outputs=set(), features=set(), compared={})

    def prepare(self) -> None:
        """Index the subgraphs."""
        self.graphs = graph_names(self.subgraphs)
        for subgraph in self.subgraphs:
            for source in self.memos.sources.get(subgraph, partial(_sources, subgraph)):
                found = source.element
                self.sources.setdefault(found.name, []).append(source)
                if found.kind is Kind.UNION:
                    self.subtypes.setdefault(found.name, set()).update(found.members)
                for name in found.interfaces:
                    self.subtypes.setdefault(name, set()).add(found.name)
                if found.is_interface_object:
                    self.interface_objects.add(found.name)
        self.memos.sources.turn()


def _sources(subgraph: SubgraphSchema) -> list[Source[TypeDef]]:
    return [Source(subgraph, found) for found in subgraph.schema.types.values()]


def names_of(sources: Sequence[Source[E]]) -> str:
    """The subgraphs of sources as a list in words."""
    names = [f'"{source.subgraph.name}"' for source in sources]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
