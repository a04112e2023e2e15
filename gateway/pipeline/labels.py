"""Progressive overrides: which labels are active for one request.

A field moved with `@override(from:, label: "percent(20)")` is served by its new subgraph for 20 % of requests.
Labels of other forms are active only where somebody switches them on, which this gateway does not offer yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.supergraph import Supergraph

_PERCENT = re.compile(r"percent\((\d{1,3}(?:\.\d{1,8})?)\)")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one supergraph that chance decides, with their percentages."""

    percentages: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, supergraph: Supergraph) -> Labels:
        """Finds them."""
        labels = {
            join.label
            for type in supergraph.model.types.values()
            for field in type.fields.values()
            for join in field.joins
            if join.label is not None
        }
        found = ((label, _PERCENT.fullmatch(label)) for label in sorted(labels))
        return cls(tuple((label, float(match[1])) for label, match in found if match is not None))

    def draw(self, chance: Callable[[], float]) -> frozenset[str]:
        """The labels active for one request: each is drawn once, whatever it is asked for.

        Args:
            chance: gives a number from 0 up to, but not including, 1.
        """
        if not self.percentages:
            return frozenset()
        return frozenset(label for label, percent in self.percentages if chance() * 100 < percent)
