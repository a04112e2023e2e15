"""Where the values of contextual arguments lie: at which objects above, and what to read of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.planner.nodes import Key
from gateway.planner.steps import Place, Site
from gateway.supergraph.graph import MoveGraph
from gateway.supergraph.model import ContextArgument
from gateway.supergraph.selection import FieldSel, FieldSet, FragmentSel
from gateway.supergraph.type_index import TypeIndex


@dataclass(frozen=True, slots=True)
class Source:
    """A place above whose objects may set a context.

    Attributes:
        depth: how many keys of the path lead there.
        types: the objects that set it; None where all do.
        fields: what to read of them.
    """

    place: Place
    site: Site
    depth: int
    types: frozenset[str] | None
    fields: FieldSet


def context_sources(
    graph: MoveGraph, index: TypeIndex, argument: ContextArgument, subgraph: str, place: Place
) -> Iterator[Source]:
    """The places that may set the argument's context for objects at this one, the nearest first.

    Ends with the first that sets it whatever the object there turns out to be.
    """
    setting = graph.setters(argument.context, subgraph)
    above = place.above
    while above is not None and above.site is not None:
        possible = index.possible(above.site.type)
        common = possible & setting
        if common:
            depth = sum(isinstance(item, Key) for item in above.path)
            types = None if common == possible else common
            yield Source(above, above.site, depth, types, _fields(graph, index, argument.fields, above.site, types))
            if types is None:
                return
        above = above.above


def _fields(graph: MoveGraph, index: TypeIndex, fields: FieldSet, site: Site, types: frozenset[str] | None) -> FieldSet:
    """The selection as it can be read there: without type conditions on an object, for those that set it only."""
    if not graph.is_abstract(site.type):
        return tuple(_for_object(index, fields, site.type))
    if types is None and all(isinstance(item, FieldSel) for item in fields):
        return fields
    names = index.possible(site.type) if types is None else types
    apart = ((name, tuple(_for_object(index, fields, name))) for name in sorted(names))
    return tuple(FragmentSel(name, selections) for name, selections in apart if selections)


def _for_object(index: TypeIndex, fields: FieldSet, name: str) -> Iterator[FieldSel]:
    for item in fields:
        if isinstance(item, FieldSel):
            yield item
        elif name in index.possible(item.type):
            yield from _for_object(index, item.selections, name)
