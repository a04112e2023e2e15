"""One request of a case is lost: what may go with it, and what may not (4 in `legal.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gateway.executor import Response
from gateway.executor.transport import SubgraphRequest, TransportError
from tests.oracle.case import Outcome, compiled_answer, gateway_answers, unlike
from tests.oracle.facts import Coordinate
from tests.oracle.server import Server
from tests.oracle.single import Path

CODE = "SUBGRAPH_UNREACHABLE"


async def run_outage(outcome: Outcome, number: int, compiled: bool = True) -> list[str]:
    """Runs a case of one answer again without its nth request, by the compiled plan, too.

    Returns what is wrong, in words.
    """
    assert outcome.plan is not None
    wanted = [_identity(request) for server in outcome.servers.values() for request in server.requests][number - 1]
    servers, lost = _without(outcome, wanted)
    (response,) = await gateway_answers(outcome.case, outcome.plan, servers)
    (whole,) = outcome.responses
    problems = [*_not_null(whole.data, response.data)]
    problems += _errors(whole, response, lost)
    problems += [offence for server in servers.values() for offence in server.offences]
    problems += _lost_elsewhere(outcome, response, lost)
    if compiled:
        servers, _ = _without(outcome, wanted)
        problems += unlike(response, await compiled_answer(outcome.case, outcome.plan, servers))
    return problems


def _identity(request: SubgraphRequest) -> str:
    return f"{request.service} {request.query} {json.dumps(request.variables, sort_keys=True)}"


def _without(outcome: Outcome, wanted: str) -> tuple[dict[str, Server], list[str]]:
    """Servers that one request does not reach, and which of them it was for, each time that it was sent."""
    servers = outcome.case.federation.servers(outcome.case.world(), outcome.case.labels)
    lost: list[str] = []

    def before(request: SubgraphRequest) -> None:
        if _identity(request) == wanted:
            lost.append(request.service)
            raise TransportError(CODE, "lost", request.service)

    for server in servers.values():
        server.before = before
    return servers, lost


def _errors(whole: Response, response: Response, lost: list[str]) -> list[str]:
    told = [error for error in response.errors if error["extensions"].get("code") == CODE]
    if len(told) != len(lost) or any(error["extensions"].get("service") not in lost for error in told):
        return [f"the lost request is told {len(told)} times, not once"]
    before = {error["message"] for error in whole.errors}
    more = [error["message"] for error in response.errors if error not in told and error["message"] not in before]
    return [f"besides the lost request there is an error: {message}" for message in more]


def _not_null(whole: Any, given: Any, path: Path = ()) -> Iterator[str]:
    """Where the two differ by anything but a null."""
    if given is None:
        return
    if isinstance(whole, dict) and isinstance(given, dict) and [*whole] == [*given]:
        for key, value in whole.items():
            yield from _not_null(value, given[key], (*path, key))
    elif isinstance(whole, list) and isinstance(given, list) and len(whole) == len(given):
        for position, value in enumerate(whole):
            yield from _not_null(value, given[position], (*path, position))
    elif whole != given:
        yield f"without one request {list(path)} is {given!r}, not {whole!r}"


def _lost_elsewhere(outcome: Outcome, response: Response, lost: list[str]) -> Iterator[str]:
    """Root fields with all below them that only one other subgraph can have given."""
    (whole,), (answer,) = outcome.responses, outcome.right
    if whole.data is None or response.data is None:
        return
    # An interface object needs others to tell its type.
    blind = {part.name for part in outcome.case.federation.facts.parts if part.interface_objects}
    for key, value in whole.data.items():
        coordinates = {coordinate for path, coordinate in answer.visited.items() if path[0] == key}
        owners = {owner for each in coordinates for owner in _owners(outcome, each)}
        if len(owners) == 1 and not owners & blind and not owners & {*lost} and response.data[key] != value:
            yield f"without a request to {lost} {key} is {response.data[key]!r}, not {value!r}"


def _owners(outcome: Outcome, coordinate: Coordinate) -> set[str]:
    owner, name = coordinate
    return {
        part.name
        for part in outcome.case.federation.facts.parts
        for type_name in (owner, *part.interface_objects)
        if name in part.roles.get(type_name, {})
    }
