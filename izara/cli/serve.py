"""`izara serve …`: one part as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from izara.cli.run import run, settings
from izara.parts import FIRST_PARTY, SERVICE_MODULES, load_plugin

app = typer.Typer(help="Serve one part as a process of its own.", no_args_is_help=True)

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen; default IZARA_PORT or 4000.")]
DataDir = Annotated[Path | None, typer.Option(help="Where data is kept; default .izara.")]


@app.command("gateway")
def gateway(
    supergraph: Annotated[
        str | None, typer.Option(help="File or URL of a supergraph; then nothing is composed.")
    ] = None,
    port: Port = None,
) -> None:
    """The gateway, over IZARA_SUBGRAPHS (name=url,…) or over anybody's supergraph."""
    from izara.serve import serve_gateway

    run(serve_gateway(settings(port=port, supergraph=supergraph), say=typer.echo))


def _service(tag: str) -> None:
    def command(port: Port = None, data_dir: DataDir = None) -> None:
        from izara.serve_service import serve_service

        run(serve_service(tag, settings(port=port, data_dir=data_dir), say=typer.echo))

    app.command(tag, help=f"The service {tag} alone, at /subgraphs/{tag}/graphql.")(command)


for _tag in SERVICE_MODULES:
    _service(_tag)


@app.command("plugin")
def plugin(tag: Annotated[str, typer.Argument(help="Tag of a first-party plugin.")]) -> None:
    """A first-party plugin; reads IZARA_URL, IZARA_CLIENT_ID and IZARA_CLIENT_SECRET."""
    if tag not in FIRST_PARTY:
        raise typer.BadParameter(f"there is no plugin {tag!r}; there are {', '.join(FIRST_PARTY)}")
    load_plugin(tag).run()
