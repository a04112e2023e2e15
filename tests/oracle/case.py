"""One case: a federation, its data, an operation, two answers. Everything follows from the seed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from graphql import validate

from gateway.executor import (
    ExecutionContext,
    Response,
    compile_plan,
    execute_compiled,
    execute_plan,
    execute_subscription,
)
from gateway.planner import PlanError, QueryPlan, plan_operation
from gateway.planner.nodes import Condition, Introspection, Node, Parallel, Sequence, SubscriptionNode
from tests.oracle.compare import differences
from tests.oracle.federation import Federation
from tests.oracle.operations import Operation, OperationMaker
from tests.oracle.server import EVENTS, Server
from tests.oracle.single import Answer, SingleServer
from tests.oracle.world import Weather, World
from tests.support.federation.over_bytes import over_bytes

PER_FEDERATION = 10
REDRAWS = 5
WIDE = 5
"""As many planned requests make three of them likely: data end early in nulls and empty lists."""
WEATHERS = (Weather(), Weather(0.2), Weather(0.1, 0.1), Weather(0.0, 0.3))


@dataclass(frozen=True)
class Case:
    """What a seed stands for.

    Attributes:
        plan: of the operation, if there is one and it is known already.
    """

    seed: int
    federation: Federation
    operation: Operation
    weather: Weather
    labels: frozenset[str]
    plan: QueryPlan | None = None

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
    """The case of a seed. Raises DoesNotCompose, and AssertionError where its operation is not valid."""
    federation = _federation(seed // PER_FEDERATION)
    random = Random(seed)
    ids = _ids(federation, seed)
    maker = OperationMaker(federation.supergraph.api_schema, random, [*ids, "nowhere"])
    labels = frozenset(label for label in federation.labels if random.random() < 0.5)
    operation, plan = maker.make(), None
    for _ in range(random.choice((0, REDRAWS))):
        plan = _plan(federation, operation, labels)
        if plan is None or _requests(plan.node) >= WIDE:
            break
        operation, plan = maker.make(), None
    wrong = validate(federation.supergraph.api_schema, operation.document)
    assert not wrong, f"seed {seed} has an operation that is not valid: {wrong[0].message}\n{operation.text}"
    return Case(seed, federation, operation, random.choice(WEATHERS), labels, plan)


def _plan(federation: Federation, operation: Operation, labels: frozenset[str]) -> QueryPlan | None:
    try:
        return plan_operation(federation.supergraph, operation.document, labels=labels)
    except PlanError:
        return None


def _requests(node: Node | None) -> int:
    match node:
        case Sequence(nodes) | Parallel(nodes):
            return sum(map(_requests, nodes))
        case Condition(_, inner):
            return _requests(inner)
        case SubscriptionNode(_, rest):
            return 1 + _requests(rest)
        case None | Introspection():
            return 0
        case _:
            return 1


def _ids(federation: Federation, seed: int) -> list[str]:
    world = World(federation.facts, seed, Weather())
    names = [each.name for each in federation.cut.whole.types if each.is_entity]
    return sorted({world.id_of(thing) for name in names for thing in world.all_of(name)})


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
        outcome.plan = case.plan or plan_operation(
            case.federation.supergraph, case.operation.document, labels=case.labels
        )
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
    try:
        response = await compiled_answer(case, plan, servers)
    except Exception as error:
        return [f"compiled: {type(error).__name__}: {error}"]
    return [*unlike(expected[0], response), *(offence for server in servers.values() for offence in server.offences)]


def unlike(interpreted: Response, compiled: Response) -> Iterator[str]:
    """Where the answers of one plan, run both ways, are not the same."""
    if json.dumps(compiled.data) != json.dumps(interpreted.data):
        yield f"compiled, the data are {compiled.data}, interpreted {interpreted.data}"
    if sorted(map(json.dumps, compiled.errors)) != sorted(map(json.dumps, interpreted.errors)):
        yield f"compiled, the errors are {compiled.errors}, interpreted {interpreted.errors}"


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


async def compiled_answer(case: Case, plan: QueryPlan, servers: Mapping[str, Server]) -> Response:
    """The gateway's response by a compiled plan."""
    context = ExecutionContext(case.federation.supergraph, over_bytes(servers))
    return await execute_compiled(compile_plan(plan), case.operation.variables, context)
