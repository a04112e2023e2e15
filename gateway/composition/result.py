"""What composition takes and gives: subgraphs in, a supergraph or coded errors out."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.reason import Reason


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One service's schema, as it prints it, under the name and url the gateway knows it by."""

    name: str
    url: str
    sdl: str


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in one subgraph's SDL: lines and columns (of characters) are counted from 1.

    Attributes:
        end_line: where it ends; None where only its start is known.
        end_column: the column after its last character.
    """

    subgraph: str
    line: int
    column: int
    end_line: int | None = field(default=None, compare=False)
    end_column: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CompositionError:
    """One reason why the subgraphs do not compose.

    Attributes:
        code: which rule was broken.
        message: one sentence that names the culprit.
        coordinate: the schema coordinate it is about, where there is one.
        subgraphs: the names of the subgraphs involved.
        locations: where to look in each.
        help: a way out, where one is known.
        details: of a field that cannot be reached, why the query cannot go on, subgraph by subgraph.
    """

    code: ErrorCode
    message: str
    coordinate: str | None = None
    subgraphs: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    help: str | None = None
    details: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        """Render as ``[CODE] message``."""
        return f"[{self.code}] {self.message}"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that composes but is worth a look; the attributes are those of an error."""

    code: HintCode
    message: str
    coordinate: str | None = None
    subgraphs: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class CompositionResult:
    """The outcome: both SDLs when there are no errors, else neither."""

    supergraph: str | None
    api_schema: str | None
    errors: tuple[CompositionError, ...] = ()
    hints: tuple[Hint, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a supergraph came out."""
        return not self.errors
