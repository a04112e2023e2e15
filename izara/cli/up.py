"""`izara up`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from izara.cli.run import run, settings


def up(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Where to listen; default 4000. 0: a free one.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Default 127.0.0.1.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where data is kept; default .izara.")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Do not seed the demo.")] = False,
) -> None:
    """Start everything on one port: gateway, services, first-party plugins, pages. Ctrl-C stops it."""
    from izara.up import up as run_up

    read = settings(port=port, host=host, data_dir=data_dir)
    run(run_up(read, demo=not no_demo, say=typer.echo))
