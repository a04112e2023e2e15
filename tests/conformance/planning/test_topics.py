"""Every case of every topic, by either way of executing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.planner import PlanError
from tests.conformance.planning.run import answer, federation, monolith, plan_of, text
from tests.conformance.planning.topics import Case, topics

LEAST = 3
ALL = [(topic, case) for topic in topics() for case in topic.cases]
CASES = [(topic, case) for topic, case in ALL if case.refused is None]
REFUSED = [(topic, case) for topic, case in ALL if case.refused is not None]
NAMED = pytest.mark.parametrize(("topic", "case"), CASES, ids=[case.id for _, case in CASES])


@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
@NAMED
async def test_case(topic: Any, case: Case, compiled: bool) -> None:
    """Data with the order of keys, errors, the number of requests and their depth are as written."""
    found = await answer(case, federation(topic), compiled)
    data = [response.data for response in found.responses]
    assert text(data) == text(case.data if _is_subscription(case) else [case.data]), str(found)
    assert _errors([error for item in found.responses for error in item.errors], case) == list(case.errors)
    assert [offence for server in found.servers.values() for offence in server.offences] == []
    sent = Counter({name: len(server.requests) for name, server in found.servers.items() if server.requests})
    assert (dict(sent), found.depth) == (dict(case.requests), case.depth), str(found)


def _is_subscription(case: Case) -> bool:
    return case.query.lstrip().startswith("subscription")


def _errors(errors: list[dict[str, Any]], case: Case) -> list[dict[str, Any]]:
    """The errors in a fixed order, of each what the case tells of it."""
    found = [
        {"path": error.get("path"), "message": error["message"], **error["extensions"]}
        for error in sorted(errors, key=lambda error: (str(error.get("path")), error["extensions"]["code"]))
    ]
    if len(found) != len(case.errors):
        return found
    return [{name: item.get(name) for name in told} for item, told in zip(found, case.errors, strict=True)]


@NAMED
def test_one_server(topic: Any, case: Case) -> None:
    """What is written is what one server with all the data answers, or it is said why not."""
    expected = text(case.data if _is_subscription(case) else [case.data])
    same = text(monolith(case, federation(topic))) == expected if case.apart is None else True
    assert same, text(monolith(case, federation(topic)))


@pytest.mark.parametrize(("topic", "case"), REFUSED, ids=[case.id for _, case in REFUSED])
def test_refused(topic: Any, case: Case) -> None:
    """What no plan can bring is refused with a code."""
    with pytest.raises(PlanError) as raised:
        plan_of(case, federation(topic))
    assert raised.value.code == case.refused


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_topic_has_enough_cases(topic: Any) -> None:
    """A topic is more than an example, and no two of its cases ask the same."""
    assert len(topic.cases) >= LEAST
    asked = {(case.query, str(case.variables), case.labels, case.grants, str(case.failing)) for case in topic.cases}
    assert len(asked) == len(topic.cases)
