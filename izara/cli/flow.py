"""`izara flow …`: for who writes flows of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Flows of the services.", no_args_is_help=True)

NEXT = """
next     run its test:
    {python} -m pytest {test}
         name it in MUTATIONS of subgraphs/{service}/flows/__init__.py, and give it a mutation in
         subgraphs/{service}/mutations/ that checks the caller's rights and runs it. docs/flows.md has the rest,
         also how a change of many objects runs it for each of them."""


@app.callback()
def flow() -> None:
    """Flows of the services."""


@app.command("new")
def new(
    service: Annotated[str, typer.Argument(help="The service that gets the flow, such as commerce.")],
    tag: Annotated[str, typer.Argument(help="The flow's tag, such as archiveGood.")],
    on: Annotated[str, typer.Option(help="The objType whose objects it changes, such as Good.")],
    root: Annotated[Path, typer.Option(help="The checkout; default the current directory.")] = Path(),
) -> None:
    """Make the folder of a new flow, one file for each step, and its test, which is green."""
    from izara.scaffold.flow import NewFlow, ScaffoldError, make_flow

    try:
        made = make_flow(NewFlow(root, service, tag, on))
    except ScaffoldError as error:
        raise typer.BadParameter(str(error)) from error
    for path in made:
        typer.echo(f"made     {path}")
    typer.echo(NEXT.format(python=".venv/bin/python", test=made[-1], service=service))
