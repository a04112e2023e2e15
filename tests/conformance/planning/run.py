"""Runs a case: composes the topic's subgraphs, plans, executes in either way, and asks one server the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from graphql import DocumentNode, GraphQLResolveInfo, OperationDefinitionNode, execute_sync, parse, validate

from gateway.composition import Subgraph, compose
from gateway.executor import (
    ExecutionContext,
    Response,
    compile_plan,
    execute_compiled,
    execute_plan,
    execute_subscription,
)
from gateway.executor.gather import Gatherer
from gateway.pipeline.authorize import refusal_errors
from gateway.planner import QueryPlan, plan_operation, print_plan
from gateway.planner.nodes import Condition, Guard, Introspection, Node, Parallel, Sequence, SubscriptionNode
from gateway.supergraph import Supergraph, load_supergraph
from tests.conformance.planning.sdl import Coordinate, SubgraphSdl, implementers
from tests.conformance.planning.server import Server
from tests.conformance.planning.topics import Case, Topic
from tests.conformance.planning.world import Thing, World
from tests.support.federation.over_bytes import over_bytes


@dataclass(frozen=True)
class Federation:
    """A topic that has been composed."""

    topic: Topic
    supergraph: Supergraph
    sdls: Mapping[str, SubgraphSdl]
    documents: dict[str, DocumentNode] = field(default_factory=dict)

    def servers(self, case: Case) -> dict[str, Server]:
        """The subgraphs over fresh data."""
        world = World(self.topic.world)
        return {
            name: Server(name, sdl, world, self._taken(name, case.labels), case.failing.get(name))
            for name, sdl in self.sdls.items()
        }

    def valid(self, query: str) -> DocumentNode:
        """A client's document. Fails where it is not valid."""
        if query not in self.documents:
            document = parse(query)
            errors = validate(self.supergraph.api_schema, document)
            assert not errors, errors
            self.documents[query] = document
        return self.documents[query]

    def _taken(self, name: str, labels: frozenset[str]) -> frozenset[Coordinate]:
        """The fields that a subgraph does not resolve while these labels are active."""
        taken: set[Coordinate] = set()
        for other, sdl in self.sdls.items():
            for coordinate, (source, label) in sdl.overrides.items():
                active = label is None or label in labels
                if (source == name and active) or (other == name and not active):
                    taken.add(coordinate)
        return frozenset(taken)


@cache
def federation(topic: Topic) -> Federation:
    """The topic's subgraphs, composed. Fails where they do not compose."""
    subgraphs = topic.subgraphs.items()
    result = compose([Subgraph(name, f"http://{name}.test/graphql", sdl) for name, sdl in subgraphs])
    assert result.supergraph is not None, f"{topic.name}: {result.errors}"
    known = implementers(sdl for _, sdl in subgraphs)
    supergraph = load_supergraph(result.supergraph)
    return Federation(topic, supergraph, {name: SubgraphSdl(sdl, known) for name, sdl in subgraphs})


@dataclass(frozen=True)
class Answer:
    """What came of a case."""

    responses: list[Response]
    servers: Mapping[str, Server]
    depth: int
    plan: QueryPlan

    def __str__(self) -> str:
        return print_plan(self.plan)


def plan_of(case: Case, found: Federation) -> QueryPlan:
    """The case's plan. Fails where the operation is not valid."""
    refused = found.supergraph.requirements.refused(case.grants)
    return plan_operation(found.supergraph, found.valid(case.query), labels=case.labels, refused=refused)


async def answer(case: Case, found: Federation, compiled: bool) -> Answer:
    """What the gateway answers, by a compiled plan or by interpreting it."""
    plan = plan_of(case, found)
    servers = found.servers(case)
    context = ExecutionContext(found.supergraph, over_bytes(servers) if compiled else dict(servers))
    if plan.kind == "subscription":
        prepared = compile_plan(plan) if compiled else None
        responses = [item async for item in execute_subscription(plan, case.variables, context, prepared)]
    elif compiled:
        responses = [await execute_compiled(compile_plan(plan), case.variables, context)]
    else:
        responses = [await execute_plan(plan, case.variables, context)]
    holds = Gatherer({**plan.defaults, **case.variables}).holds
    refusals = refusal_errors(plan, case.variables, case.grants)
    told = [replace(item, errors=[*refusals, *item.errors]) for item in responses]
    return Answer(told, servers, depth(plan.node, holds), plan)


def depth(node: Node | None, holds: Callable[[tuple[Guard, ...]], bool]) -> int:
    """How many requests follow each other."""
    match node:
        case None | Introspection():
            return 0
        case Sequence(nodes):
            return sum(depth(inner, holds) for inner in nodes)
        case Parallel(nodes):
            return max(depth(inner, holds) for inner in nodes)
        case Condition(guards, inner):
            return depth(inner, holds) if holds(guards) else 0
        case SubscriptionNode(_, rest):
            return 1 + depth(rest, holds)
        case _:
            return 1


def monolith(case: Case, found: Federation) -> list[Any]:
    """The data that one server with the whole world would answer."""
    world = World(found.topic.world)
    document = found.valid(case.query)

    def resolve(source: Thing, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if info.parent_type.name == "Mutation":
            world.turn += 1
        return world.value(source, info.field_name, arguments, source.fields)

    def data(root: Thing) -> Any:
        result = execute_sync(
            found.supergraph.api_schema,
            document,
            root_value=root,
            variable_values=dict(case.variables),
            field_resolver=resolve,
            type_resolver=lambda value, *_: value.type,
        )
        return result.data

    kind = next(node.operation.value for node in document.definitions if isinstance(node, OperationDefinitionNode))
    root = world.root(kind.capitalize())
    if kind != "subscription":
        return [data(root)]
    count = max(len(events) for events in root.fields.values())
    events = [{name: values[number] for name, values in root.fields.items()} for number in range(count)]
    return [data(Thing("Subscription", event)) for event in events]


def text(value: Any) -> str:
    """JSON in which the order of keys and the form of numbers show."""
    return json.dumps(value, indent=1, ensure_ascii=False)
