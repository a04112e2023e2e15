"""Subgraphs as they are given: a name, and where its SDL is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.composition import ErrorCode, Subgraph
from gateway.composition.diagnostics import Diagnostic, SourceText
from gateway.executor.transports import RemoteTransport, open_http_session
from gateway.subgraph_sdl import LARGEST_SDL, SdlProblem, fetch_sdl
from izara.composing.files import FileUnreadableError, read_text


@dataclass(frozen=True)
class Source:
    """One subgraph that is to be composed.

    Attributes:
        place: the file with its SDL, or the URL that is asked for it.
        url: where gateways reach it; empty where nobody said.
        headers: what the question for the SDL carries.
    """

    name: str
    place: Path | str
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path | None:
        """Its file, where it has one."""
        return self.place if isinstance(self.place, Path) else None


@dataclass(frozen=True)
class Gathered:
    """What the sources say. With problems there is nothing to compose."""

    subgraphs: tuple[Subgraph, ...] = ()
    places: Mapping[str, Path | str] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    more: Mapping[str, SourceText] = field(default_factory=dict)
    """Texts that are no subgraphs, for problems that point into them."""

    @property
    def texts(self) -> dict[str, SourceText]:
        """What findings are shown in, by subgraph."""
        own = {s.name: SourceText(s.sdl, _origin(s.name, self.places.get(s.name))) for s in self.subgraphs}
        return {**self.more, **own}


def is_url(place: str) -> bool:
    """Whether a place is asked over HTTP rather than read."""
    return place.startswith(("http://", "https://"))


async def gather(sources: Sequence[Source], seconds: float) -> Gathered:
    """Read all files and ask all URLs at once, each for so many seconds at most."""
    wrong = (*_nameless(sources), *_repeated(sources))
    if wrong:
        return Gathered(problems=wrong)
    found: dict[str, str | Diagnostic] = {s.name: _read(s.name, s.place) for s in sources if isinstance(s.place, Path)}
    found |= await _ask([s for s in sources if isinstance(s.place, str)], seconds)
    subgraphs = [Subgraph(s.name, s.url, sdl) for s in sources if isinstance(sdl := found[s.name], str)]
    problems = [problem for problem in found.values() if isinstance(problem, Diagnostic)]
    return Gathered(tuple(subgraphs), {s.name: s.place for s in sources}, tuple(problems))


async def _ask(sources: Sequence[Source], seconds: float) -> dict[str, str | Diagnostic]:
    if not sources:
        return {}
    async with open_http_session() as session, asyncio.TaskGroup() as tasks:
        asked = {
            s.name: tasks.create_task(
                fetch_sdl(s.name, RemoteTransport(str(s.place), session, seconds, largest=LARGEST_SDL), s.headers),
                name=f"SDL of {s.name}",
            )
            for s in sources
        }
    return {name: _asked(task.result()) for name, task in asked.items()}


def _asked(answer: str | SdlProblem) -> str | Diagnostic:
    if isinstance(answer, str):
        return answer
    return Diagnostic("error", answer.code, answer.message, subgraphs=(answer.service,), help=answer.help)


def _read(name: str, path: Path) -> str | Diagnostic:
    try:
        text = read_text(path)
    except FileUnreadableError as error:
        message = f"Subgraph {name!r}: {error}"
        return Diagnostic("error", "SUBGRAPH_FILE_UNREADABLE", message, subgraphs=(name,), help=error.help)
    if text.strip():
        return text
    message = f"Subgraph {name!r}: {path} is empty"
    way_out = "Give the file with the subgraph's SDL; one without types is left out of the list."
    return Diagnostic("error", str(ErrorCode.INVALID_GRAPHQL), message, subgraphs=(name,), help=way_out)


def _nameless(sources: Iterable[Source]) -> Iterator[Diagnostic]:
    for source in sources:
        if not source.name.strip():
            message = f"The subgraph of {source.place} has no name"
            way_out = f"Name it: NAME={source.place}"
            yield Diagnostic("error", str(ErrorCode.INVALID_SUBGRAPH_NAME), message, help=way_out)


def _repeated(sources: Iterable[Source]) -> Iterator[Diagnostic]:
    places: dict[str, list[str]] = {}
    for source in sources:
        places.setdefault(source.name, []).append(str(source.place))
    for name, found in places.items():
        if len(found) > 1:
            yield Diagnostic(
                "error",
                str(ErrorCode.INVALID_SUBGRAPH_NAME),
                f"{len(found)} subgraphs are named {name!r}: {', '.join(found)}",
                subgraphs=(name,),
                help="Give each a name of its own.",
            )


def _origin(name: str, place: Path | str | None) -> str:
    """What a reader can open: the file; of a URL only the subgraph's name leads anywhere."""
    return str(place) if isinstance(place, Path) else name
