"""The plan: everything the executor needs to know, and nothing it has to look up.

A plan is immutable and may be shared by any number of requests at once. Its nodes come in two kinds,
fetches (Fetch, EntityFetch, SubscriptionNode) and the order between them (Sequence, Parallel, Condition).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OperationKind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class Guard:
    """`@include(if: $variable)` when `include` is true, else `@skip(if: $variable)`."""

    variable: str
    include: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A step of a path: enter the value under this response key, and every item where that is a list."""

    name: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A step of a path: go on only with objects of these runtime types."""

    types: frozenset[str]


Path = tuple[Key | Cast, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a representation.

    Attributes:
        key: where the value lies in the data gathered so far (a client's or a private alias).
        name: the field's name in the representation.
        nullable: whether null may be sent; an object whose non-null input is null is left out.
        inputs: what to take of a composite value, else empty.
        types: runtime types this field is for, when it stands under a type condition.
        guards: when it is needed at all.
    """

    key: str
    name: str
    nullable: bool = True
    inputs: tuple[Input, ...] = ()
    types: frozenset[str] | None = None
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Setter:
    """An object above that may set a context.

    Attributes:
        depth: how many keys of the target's path lead to it.
        types: the runtime types that set the context; None for all.
        inputs: where its value lies; one leaf for each type.
    """

    depth: int
    types: frozenset[str] | None
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the response whose objects an entity call completes.

    Attributes:
        typename: what to send as `__typename`; None sends each object's own.
        contexts: for each contextual argument of the call, who may set its value, the nearest first.
    """

    path: Path
    typename: str | None
    inputs: tuple[Input, ...]
    contexts: tuple[tuple[Setter, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rename:
    """A response key invented for a subgraph's sake, to be given its real name on arrival.

    The path starts at the fetch's own result.
    """

    path: Path
    alias: str
    key: str


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as text, with the client's variables that it declares."""

    service: str
    query: str
    kind: OperationKind
    variables: tuple[str, ...] = ()
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fields of a root type. `path` is not empty where the root type was reached again below the root.

    Attributes:
        distinct: as in EntityCall.
    """

    request: Request
    path: Path = ()
    keys: tuple[str, ...] = ()
    renames: tuple[Rename, ...] = ()
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class EntityCall:
    """One `_entities` field of an EntityFetch.

    Attributes:
        alias: its response key.
        variable: the operation variable that takes the representations.
        guards: when the call takes place; without, its representations are none.
        distinct: objects may not share what lies below them, since what follows does not treat all alike.
    """

    alias: str
    variable: str
    targets: tuple[Target, ...]
    renames: tuple[Rename, ...] = ()
    guards: tuple[Guard, ...] = ()
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class EntityFetch:
    """One request with one call. See BatchFetch for several."""

    request: Request
    call: EntityCall


@dataclass(frozen=True, slots=True)
class BatchFetch:
    """One request with several entity calls, each under an alias of its own."""

    request: Request
    calls: tuple[EntityCall, ...]


@dataclass(frozen=True, slots=True)
class ContextCall:
    """An entity call, taken once for each combination of values of its contextual arguments.

    Attributes:
        call: its alias and variable are followed by a number.
        pieces: the text of its selection, in which an argument's variable is missing between any two.
        slots: which argument that is, by its position in `arguments`.
        arguments: their types; none make it a call that is taken once.
        variables: the client's in its selection.
    """

    call: EntityCall
    pieces: tuple[str, ...]
    slots: tuple[int, ...] = ()
    arguments: tuple[str, ...] = ()
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContextFetch:
    """One request with entity calls of which some have arguments that contexts set.

    Attributes:
        declarations: those of the client's variables, as text; a call that nobody is asked by leaves out its own.
        variables: their names.
        argument: the name of an argument's variable, to be followed by numbers.
    """

    service: str
    calls: tuple[ContextCall, ...]
    declarations: tuple[str, ...]
    variables: tuple[str, ...]
    argument: str


@dataclass(frozen=True, slots=True)
class Introspection:
    """Root fields that the API schema itself answers."""

    request: Request
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Runs its node only where every guard lets it."""

    guards: tuple[Guard, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class SubscriptionNode:
    """`primary` yields events; `rest` completes each of them."""

    primary: Fetch
    rest: Node | None


Node = (
    Fetch | EntityFetch | BatchFetch | ContextFetch | Introspection | Sequence | Parallel | Condition | SubscriptionNode
)


@dataclass(frozen=True, slots=True)
class TypeRef:
    """How a field's type is wrapped, from the outside in: `wrappers` of `[T!]` is ("list", "nonnull")."""

    name: str
    wrappers: tuple[Literal["list", "nonnull"], ...]


@dataclass(frozen=True, slots=True)
class EnumValues:
    """An enum's values for clients, and all that subgraphs may give: those in between show as null."""

    visible: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class OutputField:
    """A field of the answer.

    Attributes:
        guards: when the field is shown in this place; it may stand in a later one under other conditions.
        leaf: how to check a leaf value: a built-in scalar's name, an enum's values, or None for any value.
        children: the selection of a composite field, else None.
        refused: whether it is null, whatever is known.
    """

    key: str
    name: str
    parent: str
    type: TypeRef
    guards: tuple[Guard, ...]
    leaf: str | EnumValues | None
    children: Selection | None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What to give out of an object, by its runtime type.

    Attributes:
        typename: the type where only one is possible, else None: then `__typename` of the data decides.
        by_type: the fields for each possible runtime type, in the client's order. A runtime type that
            is not in it is not part of the API.
        unknown: what can be shown of an object whose runtime type was not fetched; None where that depends
            on the type, so that not having it is a loss.
    """

    typename: str | None
    by_type: Mapping[str, tuple[OutputField, ...]]
    unknown: tuple[OutputField, ...] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A field that the client may not see and that is not fetched. Its path has no indices."""

    path: tuple[str, ...]
    coordinate: str
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What to run and how to read the client's answer out of what came together.

    Attributes:
        node: None where nothing has to be fetched (`{ __typename }`).
        output: the answer's shape by the API schema.
        defaults: values of the variables that have one and are not given.
    """

    kind: OperationKind
    operation_name: str | None
    node: Node | None
    output: Selection
    defaults: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
