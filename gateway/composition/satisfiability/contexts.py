"""Which contexts a path has passed, and which a field needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.composition.merge.context import Merge
from gateway.composition.merge.joins import split_context

Contexts = frozenset[tuple[str, str]]
"""Subgraph and name of each context."""


@dataclass(slots=True)
class ContextIndex:
    """Contexts by the types that set them and by the fields that need them."""

    set_by: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    needed_by: dict[tuple[str, str, str], set[tuple[str, str]]] = field(default_factory=dict)

    def passed(self, type_name: str, before: Contexts) -> Contexts:
        """The contexts known below an object of this type."""
        added = self.set_by.get(type_name)
        return before | added if added else before

    def missing(self, type_name: str, field_name: str, graph: str, known: Contexts) -> bool:
        """Whether a subgraph's field needs a context that the path has not passed."""
        needed = self.needed_by.get((type_name, field_name, graph))
        return needed is not None and not needed <= known


def index_contexts(merge: Merge) -> ContextIndex:
    """Read ``@context`` and ``@fromContext`` of all subgraphs."""
    index = ContextIndex()
    if "context" not in merge.features:
        return index
    for subgraph in merge.subgraphs:
        for found in subgraph.schema.types.values():
            names = {(subgraph.name, applied.text("name") or "") for applied in found.all("context")}
            if names:
                for name in {found.name, *merge.schema.possible(found.name)}:
                    index.set_by.setdefault(name, set()).update(names)
            for entry in found.fields.values():
                for argument in entry.args.values():
                    for applied in argument.all("fromContext"):
                        context, _ = split_context(applied.text("field") or "")
                        key = (found.name, entry.name, subgraph.name)
                        index.needed_by.setdefault(key, set()).add((subgraph.name, context))
    return index
