"""A verdict is kept as long as the structure stays."""

from __future__ import annotations

import pytest

from gateway.composition import Composer, Subgraph
from gateway.composition.satisfiability import check
from tests.unit.gateway.composition.support import fed2

HOME = fed2("key") + 'type Query { a: A } type A @key(fields: "id") { id: ID! x(first: Int): String }'
AWAY = fed2("key") + 'type A @key(fields: "id"%s) { id: ID! y: Int }'


@pytest.mark.parametrize(
    ("old", "new", "proofs"),
    [
        ("first: Int", "first: Int = 3", 1),
        ("type A", '"What it is." type A', 1),
        ("String", "String @deprecated", 1),
        ("String }", "String z: A }", 2),
    ],
)
def test_only_structure_is_proven_anew(monkeypatch: pytest.MonkeyPatch, old: str, new: str, proofs: int) -> None:
    """Descriptions, arguments and the like are merged anew, and proven as they were."""
    done = 0
    prove = check.prove

    def counting(*args: object) -> object:
        nonlocal done
        done += 1
        return prove(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "prove", counting)
    composer = Composer()
    away = Subgraph("away", "", AWAY % "")
    assert composer.compose([Subgraph("home", "", HOME), away]).ok
    assert composer.compose([Subgraph("home", "http://moved", HOME.replace(old, new)), away]).ok
    assert done == proofs


def test_a_failure_is_told_again_where_it_is_now() -> None:
    """The same composer refuses twice, at the places of the second input."""
    composer = Composer()
    parts = [Subgraph("home", "", HOME), Subgraph("away", "", AWAY % ", resolvable: false")]
    (before,) = composer.compose(parts).errors
    (after,) = composer.compose([Subgraph("home", "", "\n\n" + HOME), parts[1]]).errors
    assert before.message == after.message
    lines = [{place.subgraph: place.line for place in error.locations}["home"] for error in (before, after)]
    assert lines[1] == lines[0] + 2
