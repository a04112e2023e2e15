"""`izara compose` and `izara plan`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
from graphql import GraphQLError, parse, validate

from gateway.composition import CompositionResult, Subgraph, compose
from gateway.planner import PlanError, plan_operation, print_plan
from gateway.supergraph import load_supergraph
from izara.cli.run import fail, run
from izara.serve import read_supergraph


def compose_command(
    subgraph: Annotated[list[str] | None, typer.Option(help="NAME=FILE or NAME=URL; give one for each.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the supergraph here; default standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print supergraph, apiSchema, errors and hints.")] = False,
) -> None:
    """Compose subgraphs to a supergraph; exit code 1 and coded errors where they do not fit together."""
    if not subgraph:
        raise typer.BadParameter("give at least one --subgraph NAME=FILE|URL")
    result = compose([run(read_subgraph(item)) for item in subgraph])
    if as_json:
        typer.echo(json.dumps(to_json(result), indent=2))
    elif result.ok and result.supergraph is not None:
        if out is None:
            typer.echo(result.supergraph)
        else:
            out.write_text(result.supergraph)
    for hint in () if as_json else result.hints:
        typer.echo(f"hint {hint.code}: {hint.message}", err=True)
    for error in () if as_json else result.errors:
        typer.echo(f"error {error.code}: {error.message}", err=True)
    if not result.ok:
        raise typer.Exit(1)


def to_json(result: CompositionResult) -> dict[str, Any]:
    """The result in the shape of the contract."""
    return {
        "supergraph": result.supergraph,
        "apiSchema": result.api_schema,
        "errors": [{"code": str(item.code), "message": item.message} for item in result.errors],
        "hints": [{"code": str(item.code), "message": item.message} for item in result.hints],
    }


async def read_subgraph(given: str) -> Subgraph:
    """The subgraph of `NAME=FILE` or `NAME=URL`."""
    name, equals, source = given.partition("=")
    if not (name and equals and source):
        raise typer.BadParameter(f"{given!r}: write NAME=FILE or NAME=URL")
    if not source.startswith(("http://", "https://")):
        try:
            return Subgraph(name=name, url="", sdl=await read_file(source))
        except (OSError, UnicodeDecodeError) as error:
            raise fail(f"subgraph {name}: {source} cannot be read: {error}") from error
    return Subgraph(name=name, url=source, sdl=await fetch_sdl(name, source))


async def read_file(path: str) -> str:
    """The text of a file."""
    return Path(path).read_text()  # noqa: ASYNC240 - a command has nothing else to do meanwhile


async def fetch_sdl(name: str, url: str) -> str:
    """The SDL that a subgraph publishes; ends the command where it does not."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json={"query": "{ _service { sdl } }"}) as response,
        ):
            answer = await response.json(content_type=None)
        return str(answer["data"]["_service"]["sdl"])
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise fail(f"subgraph {name}: {url} does not answer as GraphQL: {error or type(error).__name__}") from error
    except (KeyError, TypeError) as error:
        raise fail(f"subgraph {name}: {url} does not publish its SDL by _service") from error


def plan_command(
    query: Annotated[Path, typer.Argument(help="A file with the operation.")],
    supergraph: Annotated[str, typer.Option(help="File or URL of the supergraph.")] = "supergraph.graphql",
) -> None:
    """Print the plan of an operation."""
    loaded = load_supergraph(run(read_supergraph(supergraph)))
    try:
        document = parse(query.read_text())
    except (OSError, UnicodeDecodeError, GraphQLError) as error:
        raise fail(f"{query}: {error}") from error
    problems = validate(loaded.api_schema, document)
    if problems:
        raise fail("; ".join(problem.message for problem in problems))
    try:
        typer.echo(print_plan(plan_operation(loaded, document)))
    except PlanError as error:
        raise fail(str(error)) from error
