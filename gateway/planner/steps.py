"""The fetch graph under construction: steps, what each selects, and where in the response it belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.planner.nodes import Cast, Input, Key, OperationKind, Path, Setter
from gateway.planner.operation import ALWAYS, OpField, Raw, RawField, When, distinct
from gateway.supergraph.graph import State


@dataclass
class OutField:
    """A field to be printed; `when` alternatives print as many copies."""

    key: str
    name: str
    arguments: str
    variables: frozenset[str]
    when: When
    out: Out | None


@dataclass
class Out:
    """A selection set in one subgraph, on its type of that name."""

    type: str
    fields: dict[tuple[str, When], OutField] = field(default_factory=dict)
    casts: dict[str, Out] = field(default_factory=dict)

    def nothing(self, key: str) -> None:
        """Reads no more than whether there is an object."""
        self.fields[key, ALWAYS] = OutField(key, "__typename", "", frozenset(), ALWAYS, None)

    def leaf(self, key: str, op: OpField) -> None:
        self._drop_implied(key, op.when)
        if op.when == ALWAYS or (key, ALWAYS) not in self.fields:
            self.fields[key, op.when] = OutField(key, op.name, op.arguments, op.variables, op.when, None)

    def _drop_implied(self, key: str, when: When) -> None:
        if when == ALWAYS:
            for known in [item for item in self.fields if item[0] == key]:
                del self.fields[known]

    def composite(self, key: str, op: OpField, type_name: str) -> Out:
        found = self.fields.get((key, op.when))
        if found is None:
            out = Out(type_name)
            self.fields[key, op.when] = OutField(key, op.name, op.arguments, op.variables, op.when, out)
            return out
        assert found.out is not None, "a field is either a leaf or not"
        return found.out

    def cast(self, type_name: str) -> Out:
        return self.casts.setdefault(type_name, Out(type_name))

    def typename(self) -> None:
        name = "__typename"
        self.fields.setdefault((name, ALWAYS), OutField(name, name, "", frozenset(), ALWAYS, None))

    def absorb(self, other: Out) -> None:
        """Adds everything that the other selects."""
        for key, item in other.fields.items():
            known = self.fields.get(key)
            if known is None:
                self.fields[key] = item
            elif known.out is not None and item.out is not None:
                known.out.absorb(item.out)
        for name, out in other.casts.items():
            self.cast(name).absorb(out)

    @property
    def is_empty(self) -> bool:
        return not self.fields and not self.casts


@dataclass(frozen=True, slots=True)
class Contextual:
    """An argument that a context sets: its type, and who may set it."""

    type: str
    setters: tuple[Setter, ...]


@dataclass(eq=False)
class Step:
    """One root or entity fetch.

    Attributes:
        entity: the type entered through `_entities`; None for a root type's fields.
        typename: what to send as `__typename`; None for each object's own.
        contexts: the arguments that contexts set, by the name of their variable in `out`.
        parents: the steps that must have answered before.
        depth: how many steps must answer one after the other before, as known when the step was made.
    """

    number: int
    graph: str
    kind: OperationKind
    path: Path
    entity: str | None
    typename: str | None
    out: Out
    inputs: tuple[Input, ...] = ()
    parents: set[Step] = field(default_factory=set)
    contexts: dict[str, Contextual] = field(default_factory=dict)
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        self.depth = 1 + max((parent.depth for parent in self.parents), default=-1)


class KeySpace:
    """Response keys at one place of the response, whichever types and steps use them.

    Args:
        written: what the client selects there. It is read as soon as somebody asks, which at most places nobody does.
    """

    def __init__(self, written: Iterable[tuple[Raw, ...]] = ()) -> None:
        self._written: list[tuple[Raw, ...]] = list(written)
        self._below: dict[str, list[tuple[Raw, ...]]] = {}
        self._taken: dict[str, set[str]] = {}
        self._children: dict[str, KeySpace] = {}

    def child(self, key: str) -> KeySpace:
        found = self._children.get(key)
        if found is None:
            self._read()
            found = self._children[key] = KeySpace(self._below.get(key, ()))
        return found

    @property
    def _uses(self) -> dict[str, set[str]]:
        """What each key stands for, the client's included, so that no private field ever takes one for another."""
        self._read()
        return self._taken

    def _read(self) -> None:
        if not self._written:
            return
        waiting, self._written = self._written, []
        for raw in distinct(waiting):
            if isinstance(raw, RawField) and raw.key is not None:
                # What is refused is nobody's use: not even what the planner reads of the same name may stand there.
                use = raw.name + raw.arguments + ("!" if raw.refused else "")
                self._taken.setdefault(raw.key, set()).add(use)
                self._below.setdefault(raw.key, []).append(raw.below)

    def key_for(self, name: str, arguments: str) -> str:
        """The key under which the planner reads a field for its own needs."""
        use = name + arguments
        key, number = name, 0
        while self._uses.get(key, {use}) != {use}:
            key, number = f"_{number}_{name}", number + 1
        self._uses.setdefault(key, set()).add(use)
        return key

    def unused_key(self, name: str) -> str:
        """A key that nobody uses, for what is read only because something must be."""
        number = 0
        while f"_{number}_{name}" in self._uses:
            number += 1
        self._uses[f"_{number}_{name}"] = {name}
        return f"_{number}_{name}"


@dataclass(frozen=True, slots=True)
class Site:
    """What stands at a place, and from where it is read: more can be read of it later."""

    type: str
    cursors: dict[State, Cursor]


@dataclass(eq=False)
class Place:
    """A place of the response.

    Attributes:
        deps: steps that must have answered before the path can be followed (they tell the runtime types).
        above: the place of the object that this one is a field of.
        site: known as soon as the fields there are being planned.
    """

    path: Path
    keys: KeySpace
    deps: set[Step] = field(default_factory=set)
    above: Place | None = None
    site: Site | None = None

    def child(self, key: str) -> Place:
        return Place((*self.path, Key(key)), self.keys.child(key), set(self.deps), self)

    def narrowed(self, type_name: str) -> Place:
        return Place((*self.path, Cast(frozenset({type_name}))), self.keys, set(self.deps), self.above)


class Cursor:
    """A state being read by a step. Nothing is selected on the way to it before something is taken from it."""

    def __init__(
        self,
        step: Step,
        state: State,
        touched: Callable[[Step], None],
        make: Callable[[], Out],
    ) -> None:
        self.step = step
        self.state = state
        self._touched = touched
        self._make = make
        self._out: Out | None = None

    @property
    def is_used(self) -> bool:
        return self._out is not None

    def out(self) -> Out:
        """The selection set here; from now on the step depends on reading it."""
        if self._out is None:
            self._out = self._make()
        self._touched(self.step)
        return self._out

    def read_typename(self) -> None:
        """Has whatever is read here say of which type it is."""
        if self._out is not None:
            self._out.typename()

    def enter(self, key: str, op: OpField, target: State) -> Cursor:
        return Cursor(self.step, target, self._touched, lambda: self.out().composite(key, op, target.type))

    def narrow(self, state: State) -> Cursor:
        if state.type == self.state.type:
            return Cursor(self.step, state, self._touched, self.out)
        return Cursor(self.step, state, self._touched, lambda: self.out().cast(state.type))
