"""One case: a federation, its data, an operation, two answers. Everything follows from the seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from gateway.executor import (
    ExecutionContext,
    Response,
    compile_plan,
    execute_compiled,
    execute_plan,
    execute_subscription,
)
from gateway.planner import PlanError, QueryPlan, plan_operation, print_plan
from tests.oracle.compare import differences
from tests.oracle.federation import Federation
from tests.oracle.operations import Operation, OperationMaker
from tests.oracle.server import EVENTS, Server
from tests.oracle.single import Answer, SingleServer
from tests.oracle.world import Weather, World
from tests.support.federation.over_bytes import over_bytes

PER_FEDERATION = 10
REDRAWS = 4
WEATHERS = (Weather(), Weather(0.2), Weather(0.1, 0.1), Weather(0.0, 0.3))


@dataclass(frozen=True)
class Case:
    """What a seed stands for."""

    seed: int
    federation: Federation
    operation: Operation
    weather: Weather
    labels: frozenset[str]

    def world(self) -> World:
        """The data, untouched."""
        return World(self.federation.facts, self.seed, self.weather)


@dataclass
class Outcome:
    """What came of a case.

    Attributes:
        problems: differences and offences; empty where the gateway is right.
    """

    case: Case
    problems: list[str]
    plan: QueryPlan | None = None
    right: list[Answer] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    servers: Mapping[str, Server] = field(default_factory=dict)

    @property
    def fetches(self) -> int:
        """How many requests the subgraphs got."""
        return sum(len(server.requests) for server in self.servers.values())

    def __str__(self) -> str:
        lines = [f"seed {self.case.seed}", self.case.operation.text, f"variables {self.case.operation.variables}"]
        return "\n".join([*lines, *self.problems])


def case_of(seed: int) -> Case:
    """The case of a seed. Raises DoesNotCompose."""
    federation = _federation(seed // PER_FEDERATION)
    random = Random(seed)
    ids = [f"{thing.type}.{thing.key}" for thing in _entities(federation)]
    maker = OperationMaker(federation.supergraph.api_schema, random, [*ids, "nowhere"])
    labels = frozenset(label for label in federation.labels if random.random() < 0.5)
    operation = maker.make()
    for _ in range(random.choice((0, REDRAWS))):
        if _is_wide(federation, operation, labels):
            break
        operation = maker.make()
    return Case(seed, federation, operation, random.choice(WEATHERS), labels)


def _is_wide(federation: Federation, operation: Operation, labels: frozenset[str]) -> bool:
    """Whether the plan has several fetches, or there is none."""
    try:
        plan = plan_operation(federation.supergraph, operation.document, labels=labels)
    except PlanError:
        return True
    return print_plan(plan).count("fetch ") + print_plan(plan).count("entities ") > 3


def _entities(federation: Federation) -> list[Any]:
    world = World(federation.facts, 0, Weather())
    return [thing for each in federation.cut.whole.types if each.is_entity for thing in world.all_of(each.name)]


@lru_cache(maxsize=8)
def _federation(seed: int) -> Federation:
    return Federation.of_seed(seed)


async def run_case(case: Case, compiled: bool = True) -> Outcome:
    """Has both answer and compares; the gateway once more by a `compiled` plan."""
    outcome = Outcome(case, [])
    outcome.right = single_answers(case)
    world = case.world()
    outcome.servers = case.federation.servers(world, case.labels)
    try:
        outcome.plan = plan_operation(case.federation.supergraph, case.operation.document, labels=case.labels)
        outcome.responses = await gateway_answers(case, outcome.plan, outcome.servers)
    except Exception as error:
        outcome.problems.append(f"{type(error).__name__}: {error}")
        return outcome
    if len(outcome.responses) != len(outcome.right):
        outcome.problems.append(f"there are {len(outcome.responses)} responses, not {len(outcome.right)}")
    for right, response in zip(outcome.right, outcome.responses, strict=False):
        outcome.problems += differences(right, response, case.federation.facts)
    outcome.problems += [offence for server in outcome.servers.values() for offence in server.offences]
    if compiled:
        outcome.problems += await compiled_differences(case, outcome.plan, outcome.responses)
    return outcome


async def compiled_differences(case: Case, plan: QueryPlan, expected: list[Response]) -> list[str]:
    """How the compiled plan's answer differs: it may in nothing but the order in which errors were met."""
    if plan.kind == "subscription":
        return []
    servers = case.federation.servers(case.world(), case.labels)
    context = ExecutionContext(case.federation.supergraph, over_bytes(servers))
    try:
        response = await execute_compiled(compile_plan(plan), case.operation.variables, context)
    except Exception as error:
        return [f"compiled: {type(error).__name__}: {error}"]
    problems = [offence for server in servers.values() for offence in server.offences]
    if json.dumps(response.data) != json.dumps(expected[0].data):
        problems.append(f"compiled, the data are {response.data}, interpreted {expected[0].data}")
    if sorted(map(json.dumps, response.errors)) != sorted(map(json.dumps, expected[0].errors)):
        problems.append(f"compiled, the errors are {response.errors}, interpreted {expected[0].errors}")
    return problems


def single_answers(case: Case) -> list[Answer]:
    """One server's answer, or one for each event."""
    world = case.world()
    server = SingleServer(case.federation.supergraph.api_schema, world)
    if not case.operation.text.startswith("subscription"):
        return [server.answer(case.operation.document, case.operation.variables)]
    answers = []
    for turn in range(EVENTS):
        world.turn = turn + 1
        answers.append(server.answer(case.operation.document, case.operation.variables))
    return answers


async def gateway_answers(case: Case, plan: QueryPlan, servers: Mapping[str, Server]) -> list[Response]:
    """The gateway's response, or one for each event."""
    context = ExecutionContext(case.federation.supergraph, dict(servers))
    if plan.kind != "subscription":
        return [await execute_plan(plan, case.operation.variables, context)]
    return [each async for each in execute_subscription(plan, case.operation.variables, context)]
