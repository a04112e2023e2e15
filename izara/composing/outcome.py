"""What came of composing, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.composition import Composer, CompositionResult, HintLevel, Location
from gateway.composition.changes import (
    Change,
    ChangeLevel,
    find_changes,
    read_client_schema,
)
from gateway.composition.diagnostics import Diagnostic, SourceText, of_error, of_hint
from izara.composing.old_schema import OldSchema
from izara.composing.sources import Gathered


@dataclass(frozen=True)
class Outcome:
    """A supergraph or errors.

    Attributes:
        changes: for the clients of an older schema; None where there was nothing to compare.
        texts: what the findings point into.
    """

    supergraph: str | None = None
    api_schema: str | None = None
    errors: tuple[Diagnostic, ...] = ()
    hints: tuple[Diagnostic, ...] = ()
    changes: tuple[Change, ...] | None = None
    texts: Mapping[str, SourceText] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is a supergraph, and it breaks no client."""
        return self.supergraph is not None and not self.errors and not self.breaks

    @property
    def breaks(self) -> bool:
        """Whether a client of the older schema breaks."""
        return any(change.level is ChangeLevel.BREAKING for change in self.changes or ())


def compose_gathered(
    composer: Composer, gathered: Gathered, old: OldSchema | None, lowest: HintLevel | None
) -> Outcome:
    """Compose what was gathered and compare it with an older schema. Takes its time on large inputs.

    Args:
        composer: spares work where it has composed nearly the same before.
        lowest: the level from which hints are kept; None keeps none.
    """
    problems = gathered.problems + (() if old is None else old.problems)
    if gathered.problems:
        apart = composer.check_apart(gathered.subgraphs)
        return Outcome(errors=(*problems, *(of_error(error) for error in apart)), texts=gathered.texts)
    result = composer.compose(gathered.subgraphs)
    errors = (*(() if old is None else old.problems), *(of_error(error) for error in result.errors))
    hints = tuple(of_hint(hint) for hint in result.hints if lowest is not None and hint.code.level >= lowest)
    if errors:
        return Outcome(errors=errors, hints=hints, texts=gathered.texts)
    changes = None if old is None else _compare(old, result)
    return Outcome(result.supergraph, result.api_schema, (), hints, changes, gathered.texts)


def _compare(old: OldSchema, result: CompositionResult) -> tuple[Change, ...]:
    assert old.schema is not None
    assert result.api_schema is not None
    return find_changes(old.schema, read_client_schema(result.api_schema))


def to_json(outcome: Outcome, gathered: Gathered) -> dict[str, Any]:
    """The outcome in the shape of the contract, and more."""
    printed: dict[str, Any] = {
        "supergraph": outcome.supergraph,
        "apiSchema": outcome.api_schema,
        "errors": [_finding(item, gathered) for item in outcome.errors],
        "hints": [{**_finding(item, gathered), "level": item.level} for item in outcome.hints],
    }
    if outcome.changes is not None:
        printed["changes"] = [
            {"level": str(c.level), "code": c.code, "message": c.message, "coordinate": c.coordinate}
            for c in outcome.changes
        ]
    return printed


def _finding(item: Diagnostic, gathered: Gathered) -> dict[str, Any]:
    return {
        "code": item.code,
        "message": item.message,
        "coordinate": item.coordinate,
        "subgraphs": list(item.subgraphs),
        "locations": [_location(place, gathered) for place in item.locations],
        "help": item.help,
        "details": [{**asdict(reason), "message": reason.sentence} for reason in item.details],
    }


def _location(place: Location, gathered: Gathered) -> dict[str, Any]:
    in_subgraph = place.subgraph not in gathered.more
    file = gathered.places.get(place.subgraph) if in_subgraph else place.subgraph
    return {
        "subgraph": place.subgraph if in_subgraph else None,
        "file": None if file is None or (in_subgraph and isinstance(file, str)) else str(file),
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
