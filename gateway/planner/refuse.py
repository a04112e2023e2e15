"""Takes out of an operation what its client may not see, before anything is planned."""

from __future__ import annotations

from dataclasses import replace

from gateway.planner.budget import Meter
from gateway.planner.nodes import Refusal
from gateway.planner.operation import Guards, Raw, RawField
from gateway.supergraph.type_index import TypeIndex

Parts = tuple[tuple[Raw, ...], tuple[Raw, ...]]


class Refuser:
    """Splits one operation.

    Args:
        fields: coordinates of the fields that are refused.

    Attributes:
        refusals: the places of refused fields, each once for each set of conditions.
    """

    def __init__(self, fields: frozenset[str], index: TypeIndex, meter: Meter) -> None:
        self.refusals: dict[Refusal, None] = {}
        self._fields = fields
        self._index = index
        self._meter = meter

    def split(self, raws: tuple[Raw, ...], parent: str, path: tuple[str, ...] = (), guards: Guards = ()) -> Parts:
        """What the answer has, with refused fields marked; and what is to be fetched, without them."""
        shown: list[Raw] = []
        fetched: list[Raw] = []
        for raw in raws:
            self._meter.spend()
            here = (*guards, *(guard for guard in raw.guards if guard not in guards))
            if not isinstance(raw, RawField):
                whole, kept = self.split(raw.below, raw.type or parent, path, here)
            elif f"{parent}.{raw.name}" in self._fields:
                below = (*path, raw.key or raw.name)
                self.refusals[Refusal(below, f"{parent}.{raw.name}", here)] = None
                shown.append(replace(raw, refused=True))
                continue
            else:
                whole, kept = self._below(raw, parent, path, here)
            shown.append(replace(raw, below=whole))
            fetched.append(replace(raw, below=kept))
        return tuple(shown), tuple(fetched)

    def _below(self, raw: RawField, parent: str, path: tuple[str, ...], guards: Guards) -> Parts:
        target = self._index.return_type(parent, raw.name) if raw.below else None
        if target is None:
            return raw.below, raw.below
        return self.split(raw.below, target, (*path, raw.key or raw.name), guards)
