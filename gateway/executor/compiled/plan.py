"""From a plan to a compiled plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.executor.compiled import represent
from gateway.executor.compiled.execution import Done, Execution
from gateway.executor.compiled.fetches import CompiledCall, ContextStep, EntityStep, IntrospectionStep, RootStep
from gateway.executor.compiled.flags import Flags
from gateway.executor.compiled.in_place import InPlace, InPlaceWriter, can_be_in_place
from gateway.executor.compiled.places import Places
from gateway.executor.compiled.project import (
    Project,
    ProjectionWriter,
    Unusual,
    none_or_unusual,
    unusual,
)
from gateway.executor.compiled.single import SingleFetch, is_single
from gateway.executor.compiled.source import Source
from gateway.executor.compiled.steps import ConditionStep, ParallelStep, SequenceStep, Step
from gateway.executor.context import ExecutionContext
from gateway.executor.roots import take_root
from gateway.executor.transport import SubgraphResponse
from gateway.planner.nodes import (
    BatchFetch,
    Condition,
    ContextFetch,
    EntityCall,
    EntityFetch,
    Fetch,
    Introspection,
    Node,
    Parallel,
    QueryPlan,
    Request,
    Selection,
    Sequence,
    SubscriptionNode,
)


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """Everything that can be known of an operation before it runs. Shared by all its executions.

    Attributes:
        step: what is to be sent; of a subscription what completes an event.
        single: the step, where it is all there is to do and nothing has to be renamed or found first.
        in_place: raises where a single fetch's data are not the answer already; None where they never are.
        conditional: whether fields depend on variables.
        takes_floats: whether any leaf of the answer may be a float.
        source: the generated code, for people.
    """

    step: Step | None
    single: RootStep | None
    project: Project
    in_place: InPlace | None
    output: Selection
    flags: Flags
    conditional: bool
    takes_floats: bool
    places: Places
    defaults: Mapping[str, Any]
    source: str

    def execution(self, variables: Mapping[str, Any], context: ExecutionContext, done: Done) -> Execution | SingleFetch:
        """A run of this plan, to be started."""
        if self.single is not None:
            return SingleFetch(self, self.single, variables, context, done)
        return Execution(self, variables, context, done)

    def completion(
        self,
        node: Fetch,
        event: SubgraphResponse,
        variables: Mapping[str, Any],
        context: ExecutionContext,
        done: Done,
    ) -> Execution:
        """A run that makes an answer of one event of the subscription `node`, to be started."""
        execution = Execution(self, variables, context, done)
        take_root(execution.log, execution.data, node, event)
        return execution


def compile_plan(plan: QueryPlan) -> CompiledPlan:
    """Compiles a plan; of a subscription's plan what completes its events."""
    source, flags, places = Source(), Flags(), Places()
    writer = ProjectionWriter(source, flags)
    root = writer.selection(plan.output)
    single = isinstance(plan.node, Fetch) and is_single(plan.node)
    same = InPlaceWriter(source).selection(plan.output) if single and can_be_in_place(plan.output) else None
    calls = _Calls(source)
    node = _without_source(plan.node)
    calls.write(node)
    helpers = {"Unusual": Unusual, "none_or_unusual": none_or_unusual, "unusual": unusual}
    functions = source.functions(plan.operation_name or plan.kind, {**helpers, **represent.names()})
    step = None if node is None else _StepMaker(calls, functions, places).step(node)
    return CompiledPlan(
        step=step,
        single=step if single and isinstance(step, RootStep) else None,
        project=functions[root],
        in_place=None if same is None else functions[same],
        output=plan.output,
        flags=flags,
        conditional=bool(flags),
        takes_floats=writer.takes_floats,
        places=places,
        defaults=plan.defaults,
        source=source.text,
    )


def lay_out(plan: QueryPlan) -> CompiledPlan | None:
    """The plan of a single fetch without generated code, for its first use; None for other plans.

    Its run needs no task, and the interpreting modules read its answer.
    """
    if not isinstance(plan.node, Fetch) or not is_single(plan.node):
        return None
    step = RootStep(plan.node)
    return CompiledPlan(
        step=step,
        single=step,
        project=_left_to_interpreting,
        in_place=None,
        output=plan.output,
        flags=Flags(),
        conditional=False,
        takes_floats=True,
        places=Places(),
        defaults=plan.defaults,
        source="",
    )


def _left_to_interpreting(_: dict[str, Any], __: tuple[bool, ...]) -> dict[str, Any]:
    raise Unusual


def _without_source(node: Node | None) -> Node | None:
    """What is run each time: without the subscription itself, and what it is subject to."""
    match node:
        case SubscriptionNode(_, rest):
            return rest
        case Condition(_, SubscriptionNode(_, rest)):
            return rest
        case _:
            return node


class _Calls:
    """Writes the functions of all entity calls, and knows them by the call."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.names: dict[int, list[str]] = {}

    def write(self, node: Node | None) -> None:
        match node:
            case Sequence(nodes) | Parallel(nodes):
                for inner in nodes:
                    self.write(inner)
            case Condition(_, inner):
                self.write(inner)
            case EntityFetch(_, call):
                self._write(call)
            case BatchFetch(_, calls):
                for call in calls:
                    self._write(call)
            case _:
                return

    def _write(self, call: EntityCall) -> None:
        self.names[id(call)] = represent.RepresentationWriter(self._source, call, len(self.names)).write()


class _StepMaker:
    def __init__(self, calls: _Calls, functions: Mapping[str, Any], places: Places) -> None:
        self._calls = calls
        self._functions = functions
        self._places = places

    def step(self, node: Node) -> Step:
        match node:
            case Sequence(nodes):
                return SequenceStep(tuple(self.step(inner) for inner in nodes))
            case Parallel(nodes):
                return ParallelStep(tuple(self.step(inner) for inner in nodes))
            case Condition(guards, inner):
                return ConditionStep(guards, self.step(inner))
            case Fetch():
                return RootStep(node)
            case EntityFetch(request, call):
                return self._entities(request, (call,))
            case BatchFetch(request, calls):
                return self._entities(request, calls)
            case ContextFetch():
                return ContextStep(node)
            case Introspection():
                return IntrospectionStep(node)
            case SubscriptionNode():
                raise TypeError("a subscription is the root of its plan")

    def _entities(self, request: Request, calls: tuple[EntityCall, ...]) -> Step:
        compiled = [
            CompiledCall(
                call,
                [self._functions[name] for name in self._calls.names[id(call)]],
                [self._places.number(target.path) for target in call.targets],
            )
            for call in calls
        ]
        return EntityStep(request, compiled)
