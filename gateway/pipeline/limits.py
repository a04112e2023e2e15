"""Stage 2: refuses documents that would cost too much to look at any closer. Runs before validation."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway.config import Limits
from gateway.pipeline.errors import LimitExceeded


def check_limits(document: DocumentNode, limits: Limits) -> None:
    """Raises LimitExceeded. Fragments that contain themselves are left to validation."""
    meter = _Meter(document, limits)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            meter.check(meter.measure(definition.selection_set))
        elif isinstance(definition, FragmentDefinitionNode):
            meter.check(meter.measure_fragment(definition.name.value))
    if meter.aliases > limits.aliases:
        raise LimitExceeded(f"The document has {meter.aliases} aliases; at most {limits.aliases} are allowed")


class _Height(NamedTuple):
    """How high a selection stacks: in fields, and in selections with those of fragments counted as well."""

    fields: int = 0
    selections: int = 0


class _Meter:
    """Walks each definition once."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._heights: dict[str, _Height] = {}
        self._entered: set[str] = set()
        self._limits = limits
        self._most_selections = 2 * limits.depth
        self._level = 0
        self.aliases = 0

    def check(self, height: _Height) -> None:
        """Raises LimitExceeded."""
        if height.fields > self._limits.depth:
            raise LimitExceeded(
                f"The document is nested {height.fields} levels deep; at most {self._limits.depth} are allowed"
            )
        if height.selections > self._most_selections:
            raise LimitExceeded(
                f"Fragments and fields are nested more than {self._most_selections} levels deep, the most allowed"
            )

    def measure(self, selection_set: SelectionSetNode) -> _Height:
        self._level += 1
        self.check(_Height(selections=self._level))  # Before the walk itself goes too deep for the interpreter.
        fields, selections = 0, 0
        keys: Counter[str] = Counter()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                keys[self._key(selection)] += 1
            below = self._below(selection)
            fields = max(fields, below.fields + isinstance(selection, FieldNode))
            selections = max(selections, below.selections)
        self._check_repeats(keys)
        self._level -= 1
        return _Height(fields, selections + 1)

    def measure_fragment(self, name: str) -> _Height:
        if name in self._heights:
            return self._heights[name]
        fragment = self._fragments.get(name)
        if fragment is None or name in self._entered:
            return _Height()
        self._entered.add(name)
        self._heights[name] = self.measure(fragment.selection_set)
        return self._heights[name]

    def _below(self, selection: SelectionNode) -> _Height:
        if isinstance(selection, FragmentSpreadNode):
            return self.measure_fragment(selection.name.value)
        if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set is not None:
            return self.measure(selection.selection_set)
        return _Height()

    def _key(self, field: FieldNode) -> str:
        if field.alias is None:
            return field.name.value
        self.aliases += 1
        return field.alias.value

    def _check_repeats(self, keys: Counter[str]) -> None:
        if not keys:
            return
        key, count = keys.most_common(1)[0]
        if count > self._limits.repeats:
            raise LimitExceeded(
                f"A selection asks {count} times for {key!r}; at most {self._limits.repeats} times are allowed"
            )
