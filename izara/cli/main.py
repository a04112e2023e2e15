"""The `izara` command: exit code 0, 1 where a problem was found, 2 for wrong use."""

from __future__ import annotations

import typer

from izara.cli import catalog, compose, serve, token, up

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
app.command("compose")(compose.compose_command)
app.command("plan")(compose.plan_command)


def main() -> None:
    """Entry point of the console script."""
    app()
