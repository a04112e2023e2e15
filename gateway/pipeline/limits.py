"""Stage 2: refuses documents that would cost too much to look at any closer. Runs before validation."""

from __future__ import annotations

from collections import Counter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.config import Limits
from gateway.pipeline.errors import LimitExceeded


def check_limits(document: DocumentNode, limits: Limits) -> None:
    """Raises LimitExceeded. Fragments that contain themselves are left to validation."""
    meter = _Meter(document, limits)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            depth = meter.depth(definition.selection_set)
            if depth > limits.depth:
                raise LimitExceeded(f"The operation is nested {depth} levels deep; at most {limits.depth} are allowed")
        elif isinstance(definition, FragmentDefinitionNode):
            meter.fragment_depth(definition.name.value)
    if meter.aliases > limits.aliases:
        raise LimitExceeded(f"The document has {meter.aliases} aliases; at most {limits.aliases} are allowed")


class _Meter:
    """Walks each definition once."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._depths: dict[str, int] = {}
        self._entered: set[str] = set()
        self._limits = limits
        self.aliases = 0

    def depth(self, selection_set: SelectionSetNode) -> int:
        deepest = 0
        keys: Counter[str] = Counter()
        for selection in selection_set.selections:
            match selection:
                case FieldNode():
                    keys[self._key(selection)] += 1
                    below = self.depth(selection.selection_set) if selection.selection_set else 0
                    deepest = max(deepest, 1 + below)
                case InlineFragmentNode():
                    deepest = max(deepest, self.depth(selection.selection_set))
                case FragmentSpreadNode():
                    deepest = max(deepest, self.fragment_depth(selection.name.value))
        self._check_repeats(keys)
        return deepest

    def fragment_depth(self, name: str) -> int:
        if name in self._depths:
            return self._depths[name]
        fragment = self._fragments.get(name)
        if fragment is None or name in self._entered:
            return 0
        self._entered.add(name)
        self._depths[name] = self.depth(fragment.selection_set)
        return self._depths[name]

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
