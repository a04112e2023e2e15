"""The `izara` command: exit code 0, 1 where a problem was found, 2 for wrong use."""

from __future__ import annotations

import sys

import typer

from izara.cli import catalog, compose, deliveries, flow, plan, runs, serve, token, up
from izara.cli.run import unexpected

app = typer.Typer(
    name="izara",
    help="A plugin platform for business software.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.add_typer(serve.app, name="serve")
app.command("token")(token.token)
app.command("catalog")(catalog.catalog)
app.command("compose")(compose.compose)
app.command("plan")(plan.plan)
app.add_typer(flow.app, name="flow")
app.add_typer(runs.app, name="runs")
app.add_typer(deliveries.app, name="deliveries")


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except Exception as error:
        sys.exit(unexpected(error))
