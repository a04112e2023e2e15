"""Does a part of a merge by itself, so that it need not be done again while what it reads stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.composition.memo import Memo
from gateway.composition.merge.context import Merge
from gateway.composition.report import Report

V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class _Part(Generic[V]):
    """What came out, and what it told and found out on the way."""

    value: V
    report: Report
    features: frozenset[str]
    enum_inputs: frozenset[str]
    enum_outputs: frozenset[str]
    compared: Mapping[tuple[str, str], bool]

    def holds(self, merge: Merge) -> bool:
        """Whether the types that were compared are related as they were."""
        return all(merge.is_subtype(*pair) is answer for pair, answer in self.compared.items())


def remember(merge: Merge, memo: Memo[Any, Any], key: Hashable, work: Callable[[Merge], V]) -> V:
    """What ``work`` gives, done anew only for a new key or when types are related differently.

    Either way the merge gets what the work reports and records. The key must tell everything that the work
    reads, but for ``is_subtype``.
    """

    def part() -> _Part[V]:
        apart = merge.apart()
        return _Part(
            work(apart),
            apart.report,
            frozenset(apart.features),
            frozenset(apart.enum_inputs),
            frozenset(apart.enum_outputs),
            apart.compared,
        )

    found: _Part[V] = memo.get(key, part, holds=lambda known: known.holds(merge))
    if found.report.says_anything:
        merge.report.include(found.report)
    merge.features |= found.features
    merge.enum_inputs |= found.enum_inputs
    merge.enum_outputs |= found.enum_outputs
    return found.value
