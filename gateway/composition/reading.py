"""Reads, upgrades and checks every subgraph by itself; one that was read before is not read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gateway.composition.codes import ErrorCode
from gateway.composition.memo import Memo
from gateway.composition.model import TypeDef
from gateway.composition.report import Report
from gateway.composition.result import Subgraph
from gateway.composition.rules import check_subgraph
from gateway.composition.subgraph.load import load
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.subgraph.upgrade import upgrade


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A subgraph as it was read, None where it cannot be, and what there is to say about it."""

    schema: SubgraphSchema | None
    report: Report


class Reader:
    """Turns SDLs into subgraphs that can be merged.

    Subgraphs are the same objects as before where nothing changed that they depend on; nobody may change
    them afterwards.
    """

    def __init__(self) -> None:
        self._read: Memo[Subgraph, _Read] = Memo()
        self._upgraded: Memo[SubgraphSchema, SubgraphSchema] = Memo()
        self._checked: Memo[SubgraphSchema, Report] = Memo()

    def read(self, subgraphs: Sequence[Subgraph], report: Report) -> list[SubgraphSchema]:
        """All subgraphs in the order of their names, ready to merge unless the report says otherwise."""
        loaded = self._load_all(subgraphs, report)
        self._check([subgraph for subgraph in loaded if not subgraph.is_fed1], report)
        if not report.failed and any(subgraph.is_fed1 for subgraph in loaded):
            loaded = self._upgrade(loaded, report)
            if not report.failed:
                self._check([subgraph for subgraph in loaded if subgraph.is_fed1], report)
                self._upgraded.turn()
        if not report.failed:
            self._checked.turn()
        self._read.turn()
        report.schemas = {subgraph.name: subgraph.schema for subgraph in loaded}
        return loaded

    def read_apart(self, subgraphs: Sequence[Subgraph], report: Report) -> None:
        """Report what is wrong in each subgraph whatever the others say; what is kept for `read` stays."""
        loaded = [self._load(subgraph) for subgraph in subgraphs]
        for found in loaded:
            report.include(found.report)
        self._check([found.schema for found in loaded if found.schema is not None and not found.schema.is_fed1], report)
        report.schemas = {found.schema.name: found.schema.schema for found in loaded if found.schema is not None}

    def _load_all(self, subgraphs: Sequence[Subgraph], report: Report) -> list[SubgraphSchema]:
        if not subgraphs:
            report.error(ErrorCode.NO_SUBGRAPHS, "There are no subgraphs to compose.")
        seen: set[str] = set()
        loaded: list[SubgraphSchema] = []
        for subgraph in sorted(subgraphs, key=lambda s: (s.name, s.url, s.sdl)):
            if subgraph.name in seen:
                message = f'Two subgraphs are named "{subgraph.name}".'
                report.error(ErrorCode.INVALID_SUBGRAPH_NAME, message, (subgraph.name, None))
                continue
            seen.add(subgraph.name)
            found = self._load(subgraph)
            report.include(found.report)
            if found.schema is not None:
                loaded.append(found.schema)
        return loaded

    def _load(self, subgraph: Subgraph) -> _Read:
        def read() -> _Read:
            report = Report()
            schema = load(subgraph, report)
            if schema is not None:
                schema.schema.types.setdefault("Query", TypeDef("Query"))
            return _Read(schema, report)

        return self._read.get(subgraph, read)

    def _check(self, loaded: Sequence[SubgraphSchema], report: Report) -> None:
        for subgraph in loaded:
            report.include(self._checked.get(subgraph, partial(_checked, subgraph)))

    def _upgrade(self, loaded: Sequence[SubgraphSchema], report: Report) -> list[SubgraphSchema]:
        """Upgrading looks at all subgraphs, so it is done anew; who comes out as before is who was before."""
        copies = [subgraph.copied() if subgraph.is_fed1 else subgraph for subgraph in loaded]
        upgrade(copies, report)
        return [
            self._known(original, copy) if original.is_fed1 else original
            for original, copy in zip(loaded, copies, strict=True)
        ]

    def _known(self, original: SubgraphSchema, upgraded: SubgraphSchema) -> SubgraphSchema:
        return self._upgraded.get(original, lambda: upgraded, holds=lambda known: known.schema.equals(upgraded.schema))


def _checked(subgraph: SubgraphSchema) -> Report:
    report = Report()
    check_subgraph(subgraph, report)
    return report
