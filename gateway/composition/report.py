"""Collects errors and hints while composition runs, and orders them at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from graphql import GraphQLError, Node

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.locate import locate, locate_position
from gateway.composition.model import Schema
from gateway.composition.places import places_of
from gateway.composition.reason import Reason
from gateway.composition.remedies import REMEDIES
from gateway.composition.result import CompositionError, Hint, Location

Place = tuple[str, Node | None]


class Report:
    """The one place where rules leave what they found. Equal findings are kept once."""

    def __init__(self) -> None:
        self._errors: dict[CompositionError, None] = {}
        self._hints: dict[Hint, None] = {}
        self.schemas: Mapping[str, Schema] = {}
        """By subgraph: where findings that are reported without a place are looked up."""

    @property
    def failed(self) -> bool:
        """Whether any error was reported so far."""
        return bool(self._errors)

    @property
    def says_anything(self) -> bool:
        """Whether there is any error or hint."""
        return bool(self._errors or self._hints)

    def failed_in(self, subgraph: str, code: ErrorCode | None = None) -> bool:
        """Whether an error (of this code) was reported for this subgraph."""
        return any(subgraph in e.subgraphs and code in (None, e.code) for e in self._errors)

    def include(self, other: Report, only: Callable[[CompositionError], bool] | None = None) -> None:
        """Take over all that another report says, or only some of its errors and no hints."""
        if only is not None:
            self._errors.update((error, None) for error in other._errors if only(error))
            return
        self._errors.update(other._errors)
        self._hints.update(other._hints)

    def error(
        self,
        code: ErrorCode,
        message: str,
        *places: Place,
        coordinate: str | None = None,
        help: str | None = None,
        details: tuple[Reason, ...] = (),
    ) -> None:
        """Report an error at ``places``, pairs of a subgraph's name and a syntax node of its SDL.

        Without a ``help`` of its own it gets the usual one of its code.
        """
        names = tuple(dict.fromkeys(name for name, _ in places))
        spots = (locate(name, node) for name, node in places)
        locations = tuple(dict.fromkeys(spot for spot in spots if spot is not None))
        found = CompositionError(code, message, coordinate, names, locations, help or REMEDIES.get(code), details)
        self._errors[found] = None

    def graphql_error(self, code: ErrorCode, subgraph: str, error: GraphQLError, help: str | None = None) -> None:
        """Report an error that graphql-core found in one subgraph's SDL."""
        found = [locate(subgraph, node) for node in error.nodes or ()]
        if error.source is not None and not error.nodes:
            found = [locate_position(subgraph, error.source, position) for position in error.positions or ()]
        spots = tuple(dict.fromkeys(spot for spot in found if spot is not None))
        message = f"[{subgraph}] {error.message}"
        self._errors[CompositionError(code, message, None, (subgraph,), spots, help)] = None

    def hint(
        self, code: HintCode, message: str, *, coordinate: str | None = None, subgraphs: Iterable[str] = ()
    ) -> None:
        """Report something that is worth a look but no error."""
        self._hints[Hint(code, message, coordinate, tuple(subgraphs))] = None

    def errors(self) -> tuple[CompositionError, ...]:
        """All errors in a stable order."""
        found = sorted(self._errors, key=lambda e: (e.code, e.coordinate or "", e.message))
        return tuple(replace(e, locations=self._places(e)) if not e.locations else e for e in found)

    def hints(self) -> tuple[Hint, ...]:
        """All hints in a stable order."""
        found = sorted(self._hints, key=lambda h: (h.code, h.coordinate or "", h.message))
        return tuple(replace(h, locations=self._places(h)) for h in found)

    def _places(self, finding: CompositionError | Hint) -> tuple[Location, ...]:
        """In the subgraphs that it names, else in all."""
        among = {name: s for name, s in self.schemas.items() if not finding.subgraphs or name in finding.subgraphs}
        return places_of(finding.coordinate, among)
