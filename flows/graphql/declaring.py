"""What a service's SDL says of hooks: on each payload how plugins are asked, on each mutation which hooks it passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from flows.catalog import FlowCatalog
from flows.schema import ChildrenStep, Flow, PagedStep


@strawberry.schema_directive(
    locations=[Location.OBJECT],
    name="hook",
    description="The payload of a hook, and how plugins connected to its targets are asked there. A caller waits for a"
    " sync plugin as long as budgetMs, a run for async ones as long as deadlineMs, or for ever. With a quorum that many"
    " of the async ones suffice.",
)
class HookDirective:
    id: str
    kind: str
    targets: list[str]
    merge: str
    budget_ms: int
    deadline_ms: int | None = strawberry.UNSET
    quorum: int | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="hooks",
    description="The hooks that the mutation's run passes, those of the runs that it starts included.",
)
class HooksDirective:
    ids: list[str]


def declare_payloads(catalog: FlowCatalog) -> None:
    """Say on each payload type of the service which hook it is of."""
    for bound in catalog.hooks.values():
        bound.hook.payload.__strawberry_definition__.directives = (
            HookDirective(
                id=bound.id,
                kind=bound.kind.value,
                targets=list(bound.hook.targets),
                merge=bound.merge.value,
                budget_ms=bound.budget_ms,
                deadline_ms=strawberry.UNSET if bound.deadline_ms is None else bound.deadline_ms,
                quorum=strawberry.UNSET if bound.hook.quorum is None else bound.hook.quorum,
            ),
        )


def declare_mutations(catalog: FlowCatalog, mutation: type[Any]) -> None:
    """Say on each mutation that is called like a flow which hooks that flow passes."""
    for field in mutation.__strawberry_definition__.fields:
        flow = catalog.flow(strawberry_name(field))
        ids = [] if flow is None else list(dict.fromkeys(hooks_of(catalog, flow)))
        if ids:
            field.directives = (HooksDirective(ids=ids),)


def hooks_of(catalog: FlowCatalog, flow: Flow[Any]) -> Iterator[str]:
    """Ids of the hooks of a flow, and of the flows of its child runs, in the order of its steps."""
    for step in flow.steps:
        if isinstance(step, ChildrenStep | PagedStep):
            child = catalog.flow(step.flow)
            if child is not None and child is not flow:
                yield from hooks_of(catalog, child)
        else:
            yield from (catalog.hook(flow, step.tag, hook.tag).id for hook in step.hooks)


def strawberry_name(field: Any) -> str:
    """A field's name in GraphQL, as Strawberry makes it."""
    given: str | None = field.graphql_name
    first, *rest = field.python_name.split("_")
    return given or first + "".join(part.capitalize() for part in rest)
