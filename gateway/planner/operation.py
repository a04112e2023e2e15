"""The operation as the planner sees it: fragments flattened, equal fields merged, conditions on fields only.

A selection belongs to one composite type and knows for each object type behind it which fields apply. It is
built on demand from raw items, so that only what the plan asks for is ever expanded. Field sets of keys and
requirements become selections in the same way; their fields have no response key yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.planner.budget import Meter
from gateway.planner.nodes import Guard
from gateway.supergraph.model import TypeDef
from gateway.supergraph.selection import FieldSel, FieldSet
from gateway.supergraph.type_index import TypeIndex

Guards = tuple[Guard, ...]
When = tuple[Guards, ...]
ALWAYS: When = ((),)


@dataclass(frozen=True, slots=True)
class RawField:
    """A field as written; `size` is how many fields it stands for, itself included.

    `key` is None where the planner needs the field and no client asked for it; a `refused` one is not fetched.
    """

    key: str | None
    name: str
    arguments: str
    variables: frozenset[str]
    guards: Guards
    below: tuple[RawField | RawFragment, ...]
    refused: bool = False
    size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(raw.size for raw in self.below))


@dataclass(frozen=True, slots=True)
class RawFragment:
    """A fragment as written, spread in place."""

    type: str | None
    guards: Guards
    below: tuple[RawField | RawFragment, ...]
    size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(raw.size for raw in self.below))


Raw = RawField | RawFragment


def distinct(written: Iterable[tuple[Raw, ...]]) -> Iterator[Raw]:
    """All that is written at one place, fragments with what is in them; what is spread there twice comes once."""
    seen: set[int] = set()
    waiting = list(written)
    while waiting:
        raws = waiting.pop()
        if id(raws) in seen:
            continue
        seen.add(id(raws))
        for raw in raws:
            yield raw
            if isinstance(raw, RawFragment):
                waiting.append(raw.below)


def spend_for_all(written: Iterable[tuple[Raw, ...]], meter: Meter) -> None:
    """Spends for every field at every place, so that what is too large is refused before anything is made of it."""
    below: dict[str | None, list[tuple[Raw, ...]]] = {}
    for raw in distinct(written):
        meter.spend()
        if isinstance(raw, RawField) and raw.below:
            below.setdefault(raw.key, []).append(raw.below)
    for inner in below.values():
        spend_for_all(inner, meter)


@dataclass(frozen=True, slots=True)
class Item:
    """A field with the object types it was selected for.

    `scope` is the type that it was written on, None where that is its selection's own.
    """

    types: frozenset[str]
    field: RawField
    guards: Guards
    scope: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OpField:
    """A field of a selection.

    Attributes:
        when: alternatives of conditions; ALWAYS where there is none.
        children: None for a leaf.
        common: whether all of it was selected for every type of its selection.
        size: about how many fields it stands for.
        refused: whether the client may not see it, on whichever type it was selected.
    """

    key: str | None
    name: str
    arguments: str
    variables: frozenset[str]
    when: When
    children: OpSelection | None
    common: bool
    size: int
    refused: bool = False


class OpSelection:
    """A selection on one composite type. Equal only to itself."""

    def __init__(self, type_name: str, items: list[Item], index: TypeIndex, meter: Meter) -> None:
        meter.spend(len(items) + 1)
        self.type = type_name
        self._items = items
        self._index = index
        self._meter = meter
        self._all = index.possible(type_name)
        self.size = sum(item.field.size for item in items)
        self._by_type: dict[str, tuple[OpField, ...]] = {}
        self._common: tuple[OpField, ...] | None = None
        self._children: dict[tuple[str | int, ...], OpSelection] = {}

    def fields_for(self, object_name: str) -> tuple[OpField, ...]:
        """Every field that an object of this type has to show, in the client's order."""
        if object_name not in self._by_type:
            chosen = [item for item in self._items if object_name in item.types]
            self._by_type[object_name] = self._merge(object_name, chosen)
        return self._by_type[object_name]

    def common_fields(self) -> tuple[OpField, ...]:
        """The fields selected on the abstract type itself."""
        if self._common is None:
            self._common = self._merge(self.type, [item for item in self._items if self._is_common(item)])
        return self._common

    def shown_for(self, object_name: str) -> list[tuple[OpField, Guards]]:
        """The fields in the order in which an answer shows them, each with the condition of that place.

        A field that comes first under a condition and later without stands in both places; the first
        whose condition is met counts.
        """
        chosen = [item for item in self._items if object_name in item.types]
        return _places(chosen, self.fields_for(object_name))

    def shown_of_any(self) -> list[tuple[OpField, Guards]]:
        """Like `shown_for`, of the common fields."""
        return _places([item for item in self._items if self._is_common(item)], self.common_fields())

    def narrowed_types(self) -> frozenset[str]:
        """The object types for which more than the common fields is selected."""
        found: set[str] = set()
        for item in self._items:
            if not self._is_common(item):
                found |= item.types
        return frozenset(found)

    def _is_common(self, item: Item) -> bool:
        name = item.field.name
        if name == "__typename":
            return item.types >= self._all
        # What an object's field takes, its interface's need not, even where it is the only one behind it.
        definition = self._index.model.types[self.type]
        takes_all = not item.field.arguments or item.scope in (None, self.type, *_wider(definition))
        return takes_all and name in definition.fields and item.types >= self._all

    def _merge(self, parent: str, items: list[Item]) -> tuple[OpField, ...]:
        self._meter.spend(len(items))
        groups: dict[tuple[str, str], list[Item]] = {}
        for item in items:
            key = item.field.key
            identity = (key, "") if key is not None else (item.field.name + item.field.arguments, "internal")
            groups.setdefault(identity, []).append(item)
        return tuple(self._merge_group(parent, group) for group in groups.values())

    def _children_of(self, group: list[Item], target: str) -> OpSelection:
        """One selection for the same items, whichever of the object types they are merged for."""
        key: tuple[str | int, ...] = (target, *(id(item) for item in group))
        if key not in self._children:
            # What is selected under several conditions carries them further down, so that below
            # the one merged field each part still stands under its own.
            shared = len({item.guards for item in group}) == 1
            possible = self._index.possible(target)
            below: list[Item] = []
            for item in group:
                guards = () if shared else item.guards
                written = self._index.return_type(item.scope or self.type, item.field.name)
                scope = None if written == target else written
                below += flatten(item.field.below, possible, guards, self._index, self._meter, scope)
            self._children[key] = OpSelection(target, below, self._index, self._meter)
        return self._children[key]

    def _merge_group(self, parent: str, group: list[Item]) -> OpField:
        first = group[0].field
        when = simplify(tuple(item.guards for item in group))
        target = self._index.return_type(parent, first.name)
        children = self._children_of(group, target) if target is not None else None
        variables = first.variables
        common = all(self._is_common(item) for item in group)
        size = 1 + (children.size if children is not None else 0)
        refused = all(item.field.refused for item in group)
        return OpField(first.key, first.name, first.arguments, variables, when, children, common, size, refused)


def _wider(definition: TypeDef) -> Iterable[str]:
    """The interfaces of a type, in any subgraph: its fields take whatever theirs do."""
    return (name for names in definition.interfaces.values() for name in names)


def _places(items: list[Item], fields: tuple[OpField, ...]) -> list[tuple[OpField, Guards]]:
    by_key = {field.key: field for field in fields}
    seen: dict[str | None, list[Guards]] = {}
    places: list[tuple[OpField, Guards]] = []
    for item in items:
        earlier = seen.setdefault(item.field.key, [])
        if not any(set(guards) <= set(item.guards) for guards in earlier):
            earlier.append(item.guards)
            places.append((by_key[item.field.key], item.guards))
    return places


def simplify(when: When) -> When:
    """Drops alternatives that another one implies."""
    distinct = list(dict.fromkeys(when))
    return tuple(
        guards for guards in distinct if not any(other != guards and set(other) <= set(guards) for other in distinct)
    )


def conjoin(first: Guards, second: Guards) -> Guards:
    """Both conditions, in a fixed order."""
    return tuple(sorted({*first, *second}, key=lambda guard: (guard.variable, guard.include)))


def flatten(
    raws: Iterable[Raw],
    types: frozenset[str],
    guards: Guards,
    index: TypeIndex,
    meter: Meter,
    scope: str | None = None,
) -> list[Item]:
    """Spreads fragments, dropping what no possible type can have."""
    items: list[Item] = []
    for raw in raws:
        meter.spend()
        together = conjoin(guards, raw.guards)
        if isinstance(raw, RawField):
            items.append(Item(types, raw, together, scope))
            continue
        remaining = types if raw.type is None else types & index.possible(raw.type)
        if remaining:
            items += flatten(raw.below, remaining, together, index, meter, raw.type or scope)
    return items


def raw_field_set(fields: FieldSet, guards: Guards = ()) -> tuple[Raw, ...]:
    """A key's or requirement's field set as raw selections; conditions apply to its top level."""
    return tuple(
        RawField(None, item.name, item.arguments, frozenset(), guards, raw_field_set(item.selections))
        if isinstance(item, FieldSel)
        else RawFragment(item.type, guards, raw_field_set(item.selections))
        for item in fields
    )
