"""`izara plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from izara.cli.run import run


def plan(
    query: Annotated[Path, typer.Argument(help="A file with the operation.")],
    supergraph: Annotated[str, typer.Option(help="File or URL of the supergraph.")] = "supergraph.graphql",
    operation: Annotated[str | None, typer.Option(help="Which operation, where the file has several.")] = None,
) -> None:
    """Print the plan of an operation."""
    from izara.planning import plan_text

    typer.echo(run(plan_text(query, supergraph, operation)))
