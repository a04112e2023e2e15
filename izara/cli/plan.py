"""`izara plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError, parse, validate

from gateway.planner import plan_operation, print_plan
from gateway.supergraph import load_supergraph
from izara.cli.run import run
from izara.composing.files import FileUnreadableError, read_text
from izara.serve import read_supergraph
from izara.up import StartError


def plan(
    query: Annotated[Path, typer.Argument(help="A file with the operation.")],
    supergraph: Annotated[str, typer.Option(help="File or URL of the supergraph.")] = "supergraph.graphql",
) -> None:
    """Print the plan of an operation."""
    typer.echo(run(plan_text(query, supergraph)))


async def plan_text(query: Path, supergraph: str) -> str:
    """The plan of the operation in a file; raises what `run` tells in one line."""
    loaded = load_supergraph(await read_supergraph(supergraph))
    try:
        document = parse(read_text(query))
    except GraphQLError as error:
        raise StartError(f"{query}: {error.message}{at(error)}") from error
    except FileUnreadableError as error:
        raise StartError(str(error)) from error
    problems = validate(loaded.api_schema, document)
    if problems:
        raise StartError(f"{query}: " + "; ".join(f"{problem.message}{at(problem)}" for problem in problems))
    return print_plan(plan_operation(loaded, document))


def at(error: GraphQLError) -> str:
    """Where an error is, for its line; nothing where that is not known."""
    return f" ({error.locations[0].line}:{error.locations[0].column})" if error.locations else ""
