"""Turns a failure into words: an example query, and per subgraph why it cannot go on."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.composition.satisfiability.reach import Reach
from gateway.composition.satisfiability.walker import Failure
from gateway.supergraph.graph import State
from gateway.supergraph.selection import FieldSel, print_field_set


def example_query(failure: Failure, leaf: bool) -> str:
    """The query that cannot be answered, on one line."""
    operation, *steps = failure.path.texts()
    if failure.field is None or not leaf:
        steps = [*steps, "__typename"]
    head = "" if operation == "query" else f"{operation} "
    return head + "".join(f"{{ {step} " for step in steps) + "}" * len(steps)


def reasons(reach: Reach, failure: Failure) -> list[str]:
    """For each subgraph in which the object can be read, why the field cannot be had from there."""
    found: list[str] = []
    for state in sorted(failure.states, key=lambda s: (s.graph, s.type)):
        found += [f'in "{state.graph}": {text}' for text in _stuck(reach, failure, state)]
    return list(dict.fromkeys(found))


def _stuck(reach: Reach, failure: Failure, state: State) -> Iterator[str]:
    if failure.field is None:
        yield f'"{state.type}" is an interface object, so the real type is not known'
        for entrance in reach.graph.entrances(failure.type):
            if not reach.graph.is_interface_object(entrance.state):
                yield from _closed(reach, failure, state, entrance.state.graph, entrance.key.fields)
        return
    yield _unresolved(reach, failure.field, state)
    entrances = reach.graph.entrances(failure.type)
    here = {other.graph for other in failure.states}
    owners = _owners(reach, failure)
    for owner in owners:
        if owner in here:
            continue
        keys = [entrance for entrance in entrances if entrance.state.graph == owner]
        if not keys:
            yield f'cannot move to "{owner}": "{failure.type}" has no resolvable @key there'
        for entrance in keys:
            yield from _closed(reach, failure, state, owner, entrance.key.fields)


def _owners(reach: Reach, failure: Failure) -> list[str]:
    definition = reach.graph.type(failure.type)
    name = failure.field
    if name is None or name not in definition.fields:
        return []
    return [graph for graph in sorted(definition.joins) if reach.graph.resolver(definition, name, graph) is not None]


def _unresolved(reach: Reach, name: str, state: State) -> str:
    definition = reach.graph.type(state.type)
    entry = definition.fields.get(name)
    coordinate = f'"{state.type}.{name}"'
    if entry is None:
        return f"{coordinate} does not exist"
    for join in entry.joins:
        if join.graph != state.graph:
            continue
        if join.requires:
            return f"{coordinate} requires {print_field_set(join.requires)}, which cannot be had"
        if join.overridden or join.label is not None:
            return f"{coordinate} is overridden by another subgraph"
        if join.external:
            return f"{coordinate} is external"
        if join.from_context:
            return f"{coordinate} needs a context that the path has not passed"
    return f"{coordinate} does not exist"


def _closed(reach: Reach, failure: Failure, state: State, owner: str, key: tuple[object, ...]) -> Iterator[str]:
    text = print_field_set(key)  # type: ignore[arg-type]
    for part in key:
        if isinstance(part, FieldSel) and not reach.obtainable((part,), failure.states):
            yield (
                f'cannot move to "{owner}" with @key(fields: "{text}"): "{failure.type}.{part.name}" cannot be had here'
            )
            return
    yield f'cannot move to "{owner}" with @key(fields: "{text}")'
