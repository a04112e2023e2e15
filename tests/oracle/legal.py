"""Where a federation may differ from one server. Everything else is a fault.

1. **Nulls inside a subgraph.** A subgraph that declares a field non-null, which the API does not, takes the
   object along when that field is null or fails: of that object nothing arrives that was asked of the same
   subgraph, nothing that needs such, and where the object cannot be null there, nothing of what holds it.
2. **Counts of errors.** One server reports each failure once per place. The gateway may report a place
   again (two subgraphs failed for one object), and need not report what lies below a place that is null
   anyway: it does not fetch what nobody will see. Compared are the nulls that errors explain.
3. **Failed requirements.** A field that is read only because another requires it is at no place of the
   answer; if it fails, the gateway reports an error whose path leads nowhere. The field that requires it is
   given null. So it is where an object is required of which the client wants something else, too, that may
   not be null and is: the object is null for both, and what the field makes of that is not compared. What an
   object above tells a contextual argument is required in this sense.
4. **Fetches that fail as a whole.** Whatever the request was for is null, and so is what depended on it;
   an error says so once. Nothing else is lost (`outages.py`).
5. **Unions that subgraphs know different members of.** The data holds none that one of a field's subgraphs
   does not know, for there is no right answer: which objects a client sees would depend on the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.supergraph.selection import FieldSel, FieldSet
from tests.oracle.facts import Coordinate, Facts
from tests.oracle.single import Answer, Path


def explained_nulls(data: Any, errors: Iterable[Path]) -> set[Path]:
    """The nulls of an answer that lie on the paths of its errors (2); paths that lead nowhere have none (3)."""
    return {null for path in errors if (null := null_on(data, path)) is not None}


def null_on(value: Any, path: Path) -> Path | None:
    """The null that a path meets or leads to; None where there is none, or the path leads nowhere."""
    for length, part in enumerate(path):
        if value is None:
            return path[:length]
        known = isinstance(value, dict) and part in value
        if not known and not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            return None
        value = value[part]
    return path if value is None else None


def taken_along(right: Answer, facts: Facts) -> set[Path]:
    """Places that may be null because a field inside one subgraph is stricter than the API's (1)."""
    found: set[Path] = set()
    for path, coordinate in right.visited.items():
        if coordinate in facts.stricter and _has_null(right.data, path):
            found |= _around(path, right, facts)
    return found | {path for path, where in right.tellers.items() if _loses(where, found, right)}


def _loses(tellers: set[Path], gone: set[Path], right: Answer) -> bool:
    """Whether an object that sets a context has lost fields, and so perhaps what it was to tell."""
    return any(path[:-1] in tellers for path in gone if path in right.visited)


def made_of_nulls(right: Answer, facts: Facts) -> set[Path]:
    """Places of fields that require an object which a null below it has taken from the answer (3)."""
    found: set[Path] = set()
    grows = True
    while grows:
        more = {path for path in right.visited if path not in found and _lacks(path, right, facts, found)}
        found |= more
        grows = bool(more)
    return found


def _lacks(path: Path, right: Answer, facts: Facts, known: set[Path]) -> bool:
    owner, name = right.visited[path]
    if _is_lost(facts.requires.get((owner, name), ()), path[:-1], right, known):
        return True
    contextual = facts.contexts.get((owner, name), {}).values()
    return any(
        _is_lost(told.fields, where, right, known) for told in contextual for where in right.tellers.get(path, ())
    )


def _is_lost(fields: FieldSet, place: Path, right: Answer, known: set[Path]) -> bool:
    """Whether an object that is read of another, at this place, is null in the answer or made of what is."""
    wanted = {item.name: item for item in _plain(fields)}
    for other, (_, field) in right.visited.items() if wanted else ():
        if field in wanted and other[:-1] == place:
            lost = bool(wanted[field].selections) and _has_null(right.data, other)
            if lost or other in known:
                return True
    return False


def _plain(fields: FieldSet) -> Iterator[FieldSel]:
    for item in fields:
        if isinstance(item, FieldSel):
            yield item
        else:
            yield from _plain(item.selections)


def _around(path: Path, right: Answer, facts: Facts) -> set[Path]:
    """Everything of and below the object that is gone, and of those above it up to a field that may be null.

    What other subgraphs give below the object may need what is gone, and be missing with it.
    """
    found: set[Path] = set()
    while path:
        path = path[:-1]
        found.update(other for other in right.visited if other[: len(path)] == path)
        found.add(path)
        while path and isinstance(path[-1], int):
            path = path[:-1]
            found.add(path)
        coordinate = right.visited.get(path)
        if coordinate is None or not _may_pass_on(coordinate, facts):
            return found
    return found


def _may_pass_on(coordinate: Coordinate, facts: Facts) -> bool:
    owner, name = coordinate
    return coordinate in facts.stricter or "!" in facts.whole.by_name[owner].field(name).type


def _has_null(value: Any, path: Path) -> bool:
    """Whether the place is null, or its list holds one, or it is gone."""
    for part in path:
        if value is None:
            return True
        value = value[part]
    return _holds_null(value)


def _holds_null(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_null(item) for item in value)
    return value is None
