"""The recorded compositions and how an outcome of ours compares with each.

The file is not part of the repository: it is looked for in ``shared/composition`` beside it.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import build_schema, lexicographic_sort_schema, print_schema

from gateway.composition import CompositionResult, Subgraph, compose
from tests.conformance.composition.facts import join_facts

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "composition" / "cases.jsonl.gz"


@dataclass(frozen=True)
class Case:
    """One recorded composition: the input, and what the reference composers made of it."""

    id: str
    subgraphs: tuple[Subgraph, ...]
    expect: dict[str, Any]


@lru_cache(maxsize=1)
def recorded_cases() -> tuple[Case, ...]:
    """All cases of the file, in its order."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return tuple(_case(json.loads(line)) for line in lines)


def _case(data: dict[str, Any]) -> Case:
    subgraphs = tuple(Subgraph(s["name"], s["url"] or "", s["sdl"]) for s in data["subgraphs"])
    return Case(data["id"], subgraphs, data["expect"])


@dataclass
class Figures:
    """How many cases agree, out of how many, and which do not."""

    agree: int = 0
    total: int = 0
    misses: list[str] = field(default_factory=list)

    def count(self, case: Case, equal: bool) -> None:
        """Add one case."""
        self.total += 1
        if equal:
            self.agree += 1
        else:
            self.misses.append(case.id)

    def __str__(self) -> str:
        """``agree/total``."""
        return f"{self.agree}/{self.total}"


@dataclass
class Comparison:
    """The five figures of a run."""

    ok: Figures = field(default_factory=Figures)
    api: Figures = field(default_factory=Figures)
    join: Figures = field(default_factory=Figures)
    codes: Figures = field(default_factory=Figures)
    hints: Figures = field(default_factory=Figures)

    def add(self, case: Case, result: CompositionResult) -> None:
        """Compare one outcome. Schemas and codes are compared only where both outcomes are of a kind."""
        expected = case.expect
        self.ok.count(case, result.ok == expected["ok"])
        if expected["ok"]:
            self.api.count(case, result.ok and api_equal(case, result))
            self.join.count(case, result.supergraph is not None and join_facts(result.supergraph) == expected["join"])
            self.hints.count(case, {str(hint.code) for hint in result.hints} == set(expected["hints"]))
        else:
            self.codes.count(case, codes_equal(case, result))


def api_equal(case: Case, result: CompositionResult) -> bool:
    """Whether our API schema equals one of the recorded ones, as schemas."""
    recorded = case.expect.get("apiSchemas")
    accepted = list(recorded.values()) if recorded else [case.expect["apiSchema"]]
    return result.api_schema is not None and normal(result.api_schema) in {normal(sdl) for sdl in accepted}


def normal(sdl: str) -> str:
    """A schema in a normal form: sorted and printed anew."""
    return print_schema(lexicographic_sort_schema(build_schema(sdl)))


def codes_equal(case: Case, result: CompositionResult) -> bool:
    """Whether our codes are those of the composers: both where they agree, one of them elsewhere."""
    ours = sorted({str(error.code) for error in result.errors})
    accepted = [sorted(codes) for codes in case.expect["codes"].values()]
    if not any(accepted):
        return bool(ours)
    return ours in accepted


def compare_all() -> Comparison:
    """Compose every case and compare."""
    comparison = Comparison()
    for case in recorded_cases():
        comparison.add(case, compose(case.subgraphs))
    return comparison
