"""Planners that are not ours make equal plans of our supergraphs and of those that @apollo/composition makes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from flows.graphql import Service
from gateway.composition import Subgraph, compose
from izara.services import SERVICES
from tests.conformance.composition.own import own_cases
from tests.conformance.composition.recorded import RECORDED, recorded_cases
from tests.interop.node import HERE, NODE, needs_packages
from tests.interop.queries import operations, together, trees
from tests.interop.shop import subgraphs

pytestmark = [needs_packages, pytest.mark.stack]

CRASHES_HIVE = re.compile(r"@cost\(weight: -")
"""Hive's planner ends its process over a negative weight, whichever composer wrote it: not asked then."""
REFUSED = (
    # A mutation whose only field leads to the query type, which has no field in that subgraph: Apollo's cannot read
    # what it made, for it leaves out the types of a subgraph that are empty, and then what leads to them.
    "The supergraph shouldn't have a mutation root if no subgraphs have one",
)
"""Why @apollo/composition does not compose what is right."""
UNPLANNED = {
    # An interface's field that each subgraph has as @external in one of its implementations.
    "apollo": ("Was not able to find any options for id",),
    "hive": (
        # The definition of `__typename`, which has none, is looked up where a field set of another's asks for it.
        "Field named '__typename' was not found in definition name",
        # As above; and a field of a value type for which a key has to be followed that names that type's fields.
        "No paths found for selection item",
        # Siblings that are merged into one fetch, whose paths or parents are then no longer found.
        "cannot be found in selection set of type",
        "Expected a single parent, but the FetchStep",
        # Its parser takes no description before `schema`, which GraphQL has had since October 2021.
        "Unexpected `schema[Name]`",
    ),
}
"""Why a planner fails alike on both supergraphs. An operation that fails on one alone is a difference."""


@dataclass(frozen=True)
class Case:
    """Subgraphs, our supergraph of them, and what is asked of it.

    Attributes:
        reference: @apollo/composition's supergraph, None where it was not recorded.
    """

    id: str
    subgraphs: tuple[Subgraph, ...]
    supergraph: str
    reference: str | None
    operations: tuple[str, ...]

    def line(self) -> str:
        """For plans.mjs."""
        planners = ["apollo"] if CRASHES_HIVE.search(self.supergraph) else ["apollo", "hive"]
        return json.dumps({**asdict(self), "planners": planners}) + "\n"


@dataclass(frozen=True)
class Outcome:
    """What plans.mjs found out about a case.

    Attributes:
        refused: why @apollo/composition does not compose it.
        planned: how many plans were compared.
        unplanned: the operations that a planner could not plan on the other supergraph.
        differences: plans that are not equal.
    """

    id: str
    refused: str = ""
    planned: int = 0
    unplanned: tuple[dict[str, Any], ...] = ()
    differences: tuple[dict[str, Any], ...] = ()


def own() -> Iterator[Case]:
    """Our own cases that compose, the shop of this folder, and the project's services."""
    yield from (composed(f"{case.rule}/{case.name}", case.subgraphs) for case in own_cases() if not case.codes)
    yield composed("shop", tuple(Subgraph(item.name, f"http://{item.name}.test", item.sdl) for item in subgraphs()))
    # Their API is large: what asks for fields one by one is left out.
    yield composed(
        "services", tuple(map(served, SERVICES.values())), asked=lambda api: chain(together(api), trees(api))
    )


def served(service: Service) -> Subgraph:
    """A service, with the SDL that it gives to gateways."""
    answer = service.schema.execute_sync("{ _service { sdl } }")
    assert answer.data is not None, answer.errors
    return Subgraph(service.tag, f"http://{service.tag}.test/graphql", answer.data["_service"]["sdl"])


def recorded() -> Iterator[Case]:
    """The recorded ones that compose."""
    return (
        composed(case.id, case.subgraphs, case.expect["supergraph"]) for case in recorded_cases() if case.expect["ok"]
    )


def composed(
    id: str,
    subgraphs: tuple[Subgraph, ...],
    reference: str | None = None,
    asked: Callable[[GraphQLSchema], Iterable[str]] = operations,
) -> Case:
    """Compose subgraphs, and make the operations that cover their API."""
    result = compose(subgraphs)
    assert result.supergraph is not None and result.api_schema is not None, (id, result.errors)
    return Case(id, subgraphs, result.supergraph, reference, tuple(asked(build_schema(result.api_schema))))


def outcomes(cases: Iterable[Case], directory: Path) -> list[Outcome]:
    """Plan all cases in one process, which works on the first while the next are composed."""
    answers = directory / "answers.jsonl"
    with (
        answers.open("wb") as out,
        subprocess.Popen([NODE, "plans.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=out, text=True) as process,
    ):
        try:
            assert process.stdin is not None
            process.stdin.writelines(case.line() for case in cases)
            process.stdin.close()
            assert process.wait() == 0
        finally:
            process.kill()
    return [Outcome(**json.loads(line)) for line in answers.read_text(encoding="utf-8").splitlines()]


def assert_equal(found: Sequence[Outcome]) -> None:
    """No case is refused, no operation planned differently, and none unplanned but for reasons that are known."""
    assert [outcome for outcome in found if outcome.refused not in ("", *REFUSED)] == []
    assert [outcome for outcome in found if outcome.differences] == []
    failed = [(outcome.id, failure) for outcome in found for failure in outcome.unplanned]
    assert [entry for entry in failed if not is_known(entry[1])] == []
    assert all(outcome.planned or outcome.refused for outcome in found)


def is_known(failure: dict[str, Any]) -> bool:
    """Whether it is the planner's fault."""
    return any(reason in failure["reason"] for reason in UNPLANNED[failure["planner"]])


def test_our_cases_get_equal_plans(tmp_path: Path) -> None:
    """The same requests to the same subgraphs in the same structure, for operations that cover every API field."""
    found = outcomes(own(), tmp_path)
    assert {"keys/composes", "shop", "services"} <= {outcome.id for outcome in found}
    assert_equal(found)


@pytest.mark.skipif(not RECORDED.exists(), reason=f"no recorded compositions at {RECORDED}")
def test_recorded_cases_get_equal_plans(tmp_path: Path) -> None:
    """The same of the recorded compositions, whose supergraphs of @apollo/composition are recorded too."""
    found = outcomes(recorded(), tmp_path)
    assert len(found) == sum(case.expect["ok"] for case in recorded_cases())
    assert_equal(found)


def test_differences_are_seen(tmp_path: Path) -> None:
    """A supergraph that sends a field elsewhere, or asks for other keys or needs, is told apart by both planners."""
    right = composed("requires", SHIPPING)
    wrong = {
        'requires: "weight"': 'requires: "price"',
        'key: "id"': 'key: "sku"',
        "price: Int @join__field(graph: CATALOGUE)": "price: Int @join__field(graph: SHIPPING)",
    }
    cases = [right] + [
        replace(right, id=old, supergraph=right.supergraph.replace(old, new)) for old, new in wrong.items()
    ]
    equal, *others = outcomes(cases, tmp_path)
    assert not equal.differences and equal.planned
    assert [{found["planner"] for found in outcome.differences} for outcome in others] == [{"apollo", "hive"}] * 3


_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@requires", "@external"])\n'
)
SHIPPING = (
    Subgraph(
        "catalogue",
        "http://catalogue.test",
        _LINK
        + """
        type Query { products: [Product!]! }
        type Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! weight: Int price: Int }
        """,
    ),
    Subgraph(
        "shipping",
        "http://shipping.test",
        _LINK
        + """
        type Product @key(fields: "id") @key(fields: "sku") {
            id: ID! sku: ID!
            weight: Int @external
            cost: Int @requires(fields: "weight")
        }
        """,
    ),
)
