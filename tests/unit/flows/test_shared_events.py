"""Events that are the same for all: executed once for each operation, and told to each as it asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import strawberry
from graphql import OperationDefinitionNode, parse

from flows.graphql.documents import ReuseDocuments, ValidDocuments
from flows.graphql.shared_events import MOST, SharedEvent, SharingExecutor

SUBSCRIPTION = "subscription ($long: Boolean = false) { moved { name size @include(if: $long) } }"


class Counted:
    """How often a field was resolved."""

    def __init__(self) -> None:
        self.times = 0


@strawberry.type
class Thing:
    name: str
    counted: strawberry.Private[Counted]

    @strawberry.field
    def size(self) -> int:
        self.counted.times += 1
        if self.name == "broken":
            raise ValueError("no size")
        return len(self.name)


@strawberry.type
class Query:
    nothing: int = 0


def schema_of(event: Any) -> strawberry.Schema:
    """A schema whose subscription has that one event."""

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def moved(self) -> AsyncIterator[Thing]:
            yield cast(Thing, event)

    known = ValidDocuments()
    return strawberry.Schema(
        Query,
        subscription=Subscription,
        execution_context_class=SharingExecutor,
        extensions=[lambda: ReuseDocuments(known)],
    )


async def told(schema: strawberry.Schema, operation: str, **variables: Any) -> Any:
    """The one event, as a subscriber is told of it."""
    (event,) = [event async for event in await schema.subscribe(operation, variables)]
    return event


async def test_subscribers_of_one_operation_share_its_execution() -> None:
    counted = Counted()
    schema = schema_of(SharedEvent(Thing(name="abc", counted=counted)))

    events = [await told(schema, SUBSCRIPTION, long=True) for _ in range(3)]

    assert [event.data for event in events] == [{"moved": {"name": "abc", "size": 3}}] * 3
    assert counted.times == 1


async def test_each_is_told_what_it_asked_for() -> None:
    schema = schema_of(SharedEvent(Thing(name="abc", counted=Counted())))

    assert (await told(schema, SUBSCRIPTION, long=True)).data == {"moved": {"name": "abc", "size": 3}}
    assert (await told(schema, SUBSCRIPTION)).data == {"moved": {"name": "abc"}}
    assert (await told(schema, "subscription { moved { other: size } }")).data == {"moved": {"other": 3}}


async def test_an_answer_with_errors_is_not_shared() -> None:
    counted = Counted()
    schema = schema_of(SharedEvent(Thing(name="broken", counted=counted)))

    events = [await told(schema, SUBSCRIPTION, long=True) for _ in range(2)]

    assert [[error.message for error in event.errors] for event in events] == [["no size"]] * 2
    assert counted.times == 2


async def test_an_event_of_its_own_is_executed_for_each() -> None:
    counted = Counted()
    schema = schema_of(Thing(name="abc", counted=counted))

    for _ in range(2):
        assert (await told(schema, SUBSCRIPTION, long=True)).data == {"moved": {"name": "abc", "size": 3}}

    assert counted.times == 2


async def test_answers_that_are_kept_are_few() -> None:
    counted = Counted()
    schema = schema_of(SharedEvent(Thing(name="abc", counted=counted)))
    operations = [f"subscription {{ moved {{ size{number}: size }} }}" for number in range(MOST + 1)]

    for _ in range(2):
        for number, operation in enumerate(operations):
            assert (await told(schema, operation)).data == {"moved": {f"size{number}": 3}}

    assert counted.times == len(operations) + 1


def test_operations_that_read_alike_are_told_apart() -> None:
    """Fragments of two documents may differ though their operations do not."""
    one, other = (cast(OperationDefinitionNode, parse("{ a }").definitions[0]) for _ in range(2))
    event = SharedEvent(None)
    event.keep(one, {}, cast(Any, "answer"))

    assert one == other
    assert event.answer(one, {}) == "answer"
    assert event.answer(other, {}) is None
