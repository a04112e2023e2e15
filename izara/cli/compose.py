"""`izara compose` and `izara plan`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from graphql import GraphQLError, parse, validate

from gateway.composition import Subgraph, compose
from gateway.executor.transports import RemoteTransport, open_http_session
from gateway.planner import plan_operation, print_plan
from gateway.subgraph_sdl import fetch_sdls
from gateway.supergraph import load_supergraph
from izara.cli.run import fail, run
from izara.serve import read_supergraph
from izara.up import StartError

PATIENCE = 30.0
"""Seconds in which a subgraph answers."""


def compose_command(
    subgraph: Annotated[list[str] | None, typer.Option(help="NAME=FILE or NAME=URL; give one for each.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the supergraph here; default standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print supergraph, apiSchema, errors and hints.")] = False,
) -> None:
    """Compose subgraphs to a supergraph; exit code 1 and coded errors where they do not fit together."""
    if not subgraph:
        raise typer.BadParameter("give at least one --subgraph NAME=FILE|URL")
    result = run(compose_given([named(item) for item in subgraph]))
    if result.ok and result.supergraph is not None and out is not None:
        write(out, result.supergraph)
    if as_json:
        typer.echo(json.dumps(to_json(result), indent=2))
    elif result.ok and out is None:
        typer.echo(result.supergraph)
    for hint in () if as_json else result.hints:
        typer.echo(f"hint {hint.code}: {hint.message}", err=True)
    for error in () if as_json else result.errors:
        typer.echo(f"error {error.code}: {error.message}", err=True)
    if not result.ok:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Problem:
    """An error or a hint."""

    code: str
    message: str


@dataclass(frozen=True)
class Composed:
    """What came of composing; without a supergraph there are errors."""

    supergraph: str | None
    api_schema: str | None
    errors: list[Problem]
    hints: list[Problem]

    @property
    def ok(self) -> bool:
        """Whether there is a supergraph."""
        return self.supergraph is not None and not self.errors


def to_json(result: Composed) -> dict[str, Any]:
    """The result in the shape of the contract."""
    return {
        "supergraph": result.supergraph,
        "apiSchema": result.api_schema,
        "errors": [asdict(item) for item in result.errors],
        "hints": [asdict(item) for item in result.hints],
    }


def named(given: str) -> tuple[str, str]:
    """Name and source of `NAME=FILE` or `NAME=URL`."""
    name, equals, source = given.partition("=")
    if not (name and equals and source):
        raise typer.BadParameter(f"{given!r}: write NAME=FILE or NAME=URL")
    return name, source


def write(out: Path, supergraph: str) -> None:
    """Write the supergraph; ends the command where that cannot be."""
    try:
        out.write_text(supergraph)
    except OSError as error:
        raise fail(f"{out} cannot be written: {error.strerror}") from error


async def compose_given(given: Sequence[tuple[str, str]]) -> Composed:
    """Compose what files and URLs say; a source that says nothing is an error of the result."""
    async with open_http_session() as session:
        urls = {name: source for name, source in given if is_url(source)}
        sdls, silent = await fetch_sdls({name: RemoteTransport(url, session, PATIENCE) for name, url in urls.items()})
    problems = [Problem(item.code, item.message) for item in silent]
    subgraphs: list[Subgraph] = []
    for name, source in given:
        if not is_url(source):
            try:
                subgraphs.append(Subgraph(name=name, url="", sdl=read_file(source)))
            except (OSError, UnicodeDecodeError) as error:
                problems.append(Problem("SUBGRAPH_FILE_UNREADABLE", f"Subgraph {name!r}: {error}"))
        elif name in sdls:
            subgraphs.append(Subgraph(name=name, url=source, sdl=sdls[name]))
    if problems:
        return Composed(None, None, problems, [])
    result = compose(subgraphs)
    errors, hints = (
        [Problem(str(item.code), item.message) for item in found] for found in (result.errors, result.hints)
    )
    return Composed(result.supergraph, result.api_schema, errors, hints)


def is_url(source: str) -> bool:
    """Whether a source is asked over HTTP rather than read."""
    return source.startswith(("http://", "https://"))


def read_file(path: str) -> str:
    """The text of a file."""
    return Path(path).read_text()


def plan_command(
    query: Annotated[Path, typer.Argument(help="A file with the operation.")],
    supergraph: Annotated[str, typer.Option(help="File or URL of the supergraph.")] = "supergraph.graphql",
) -> None:
    """Print the plan of an operation."""
    typer.echo(run(plan_text(query, supergraph)))


async def plan_text(query: Path, supergraph: str) -> str:
    """The plan of the operation in a file; raises what `run` tells in one line."""
    loaded = load_supergraph(await read_supergraph(supergraph))
    try:
        document = parse(read_file(str(query)))
    except GraphQLError as error:
        raise StartError(f"{query}: {error.message}{at(error)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{query}: {error}") from error
    problems = validate(loaded.api_schema, document)
    if problems:
        raise StartError(f"{query}: " + "; ".join(f"{problem.message}{at(problem)}" for problem in problems))
    return print_plan(plan_operation(loaded, document))


def at(error: GraphQLError) -> str:
    """Where an error is, for its line; nothing where that is not known."""
    return f" ({error.locations[0].line}:{error.locations[0].column})" if error.locations else ""
