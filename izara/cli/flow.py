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
         subgraphs/{service}/mutations/ that checks the caller's rights and runs it. docs/flows.md has the rest."""
NEXT_OVER = """         {single} is run for each {over}: name it there too, where it is new."""


@app.callback()
def flow() -> None:
    """Flows of the services."""


@app.command("new")
def new(
    service: Annotated[str, typer.Argument(help="The service that gets the flow, such as commerce.")],
    tag: Annotated[str, typer.Argument(help="The flow's tag, such as archiveGood.")],
    on: Annotated[str, typer.Option(help="The objType whose objects it changes, such as Good.")],
    over: Annotated[
        str | None,
        typer.Option(help="Change all of these that belong to one --on, such as Good: page by page, each by a run."),
    ] = None,
    each: Annotated[
        str | None,
        typer.Option(
            help="With --over: the flow that each is changed by; made unless it is there. Default TAG without its s."
        ),
    ] = None,
    root: Annotated[Path, typer.Option(help="The checkout; default the current directory.")] = Path(),
) -> None:
    """Make the folder of a new flow, one file for each step, and its test, which is green.

    With --over it is a flow over many objects: `izara flow new commerce archiveGoods --on Business --over Good`.
    """
    from izara.scaffold.flow import NewFlow, ScaffoldError, make_flow
    from izara.scaffold.over import NewFlowOver

    if each is not None and over is None:
        raise typer.BadParameter("--each is the flow that each --over is changed by; give --over too")
    flow = NewFlow(root, service, tag, on) if over is None else NewFlowOver(root, service, tag, on, over, each or "")
    try:
        made = make_flow(flow)
    except ScaffoldError as error:
        raise typer.BadParameter(str(error)) from error
    for path in made:
        typer.echo(f"made     {path}")
    typer.echo(NEXT.format(python=".venv/bin/python", test=made[-1], service=service))
    if isinstance(flow, NewFlowOver):
        typer.echo(NEXT_OVER.format(single=flow.single.tag, over=over))
