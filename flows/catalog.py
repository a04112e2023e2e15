"""The flows of one service, bound to its tag: hook ids, payload types, and what is wrong with them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows.ids import hook_id, payload_type_name
from flows.kinds import HookKind, HookMerge
from flows.schema import ChildrenStep, Flow, FlowDefinitionError, Hook, PagedStep, ValidateStep, check_tag


@dataclass(frozen=True)
class BoundHook:
    """A hook with its id in a service's catalog."""

    id: str
    kind: HookKind
    hook: Hook
    flow: str
    step: str
    position: int
    """Place of the hook in its step: the second half of a delivery's seq."""

    @property
    def payload_name(self) -> str:
        """GraphQL name of the payload's type."""
        return payload_type_name(self.id)

    @property
    def merge(self) -> HookMerge:
        """What the answers of several plugins make together."""
        if self.kind is HookKind.COMMIT:
            return HookMerge.ALL_ARE_TOLD
        if self.hook.quorum is not None:
            return HookMerge.QUORUM_PASSES
        return HookMerge.ALL_MUST_PASS if self.hook.amend is None else HookMerge.AMEND_IN_ORDER

    @property
    def budget_ms(self) -> int:
        """How long a caller waits for one SYNC plugin at most."""
        return in_ms(self.hook.budget)

    @property
    def deadline_ms(self) -> int | None:
        """How long a run waits for ASYNC plugins; None waits for ever."""
        return None if self.hook.deadline is None else in_ms(self.hook.deadline)


class FlowCatalog:
    """Every flow of a service and every hook of those flows, by tag and id.

    Earlier versions of a flow count: their hooks are asked as long as runs of them are there.

    Raises:
        FlowDefinitionError: two flows share a tag, two hook ids a payload type name, or a child flow is unknown; a
            hook is not the same thing in two versions of a flow.
    """

    def __init__(self, service: str, flows: Sequence[Flow[Any]]) -> None:
        check_tag(service, "service")
        self.service = service
        self._flows: dict[str, Flow[Any]] = {}
        for flow in flows:
            if flow.tag in self._flows:
                raise FlowDefinitionError(f"service {service!r} has two flows tagged {flow.tag!r}")
            self._flows[flow.tag] = flow
        self._versions = {(item.tag, item.version): item for flow in flows for item in flow.versions}
        hooks: dict[str, BoundHook] = {}
        self._of_step: dict[tuple[str, int, str, str], BoundHook] = {}
        for flow in self._versions.values():
            for bound in self._bind(flow):
                self._of_step[flow.tag, flow.version, bound.step, bound.hook.tag] = bound
                newest = hooks.setdefault(bound.id, bound)
                if (newest.kind, newest.hook.payload) != (bound.kind, bound.hook.payload):
                    raise FlowDefinitionError(
                        f"hook {bound.id} of version {flow.version} has another payload type, or is asked at another"
                        " moment, than in a later one: import the type from there, or give the hook another tag"
                    )
        self.hooks: Mapping[str, BoundHook] = hooks
        self._check_payloads()
        self._check_children()

    def _bind(self, flow: Flow[Any]) -> Iterator[BoundHook]:
        for step in flow.steps:
            if isinstance(step, ChildrenStep | PagedStep):
                continue
            kind = HookKind.VALIDATE if isinstance(step, ValidateStep) else HookKind.COMMIT
            for position, hook in enumerate(step.hooks):
                id = hook_id(self.service, flow.tag, hook.named_step or step.tag, hook.tag)
                yield BoundHook(id, kind, hook, flow.tag, step.tag, position)

    def _check_payloads(self) -> None:
        named: dict[str, BoundHook] = {}
        for bound in self.hooks.values():
            other = named.setdefault(bound.payload_name, bound)
            if other is not bound:
                raise FlowDefinitionError(
                    f"hooks {other.id} and {bound.id} share the payload name {bound.payload_name}"
                )
            declared = bound.hook.payload.__strawberry_definition__.name
            if declared != bound.payload_name:
                raise FlowDefinitionError(
                    f"hook {bound.id}: its payload type is named {declared!r}, it must be {bound.payload_name!r}"
                )

    def _check_children(self) -> None:
        for flow in self._versions.values():
            for step in flow.steps:
                if isinstance(step, ChildrenStep | PagedStep):
                    for tag in (step.flow, step.undo_flow or step.flow):
                        if tag not in self._flows:
                            raise FlowDefinitionError(
                                f"step {self.service}_{flow.tag}_{step.tag} starts runs of {tag!r}, "
                                f"which is no flow of service {self.service!r}"
                            )

    def flow(self, tag: str) -> Flow[Any] | None:
        """The flow of that tag as new runs begin with it, or None where this service has none."""
        return self._flows.get(tag)

    def flow_at(self, tag: str, version: int, step: str) -> Flow[Any] | None:
        """The version of a flow by which a run that is at this step goes on; None where this process has none."""
        found = self._versions.get((tag, version))
        return None if found is None or found.step(step) is None else found

    def hook(self, flow: Flow[Any], step: str, tag: str) -> BoundHook:
        """The hook of a flow's step by its tag; FlowDefinitionError where a step calls one it does not declare."""
        found = self._of_step.get((flow.tag, flow.version, step, tag))
        if found is None:
            raise FlowDefinitionError(
                f"step {self.service}_{flow.tag}_{step} calls hook {tag!r}, which it does not declare"
            )
        return found

    def __iter__(self) -> Iterator[Flow[Any]]:
        return iter(self._flows.values())


def in_ms(time: timedelta) -> int:
    """Whole milliseconds."""
    return time // timedelta(milliseconds=1)


def check_together(catalogs: Iterable[FlowCatalog]) -> None:
    """Catalogs of one supergraph: no payload type name comes from two hooks.

    Raises:
        FlowDefinitionError: names the two hooks.
    """
    named: dict[str, str] = {}
    for catalog in catalogs:
        for bound in catalog.hooks.values():
            other = named.setdefault(bound.payload_name, bound.id)
            if other != bound.id:
                raise FlowDefinitionError(f"hooks {other} and {bound.id} share the payload name {bound.payload_name}")
