"""`izara token`: a development token on standard output, and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from izara.cli.run import run, settings


def token(
    user: Annotated[str | None, typer.Option(help="A user: admin, ada, bob, eve, or another name.")] = None,
    plugin: Annotated[str | None, typer.Option(help="A registered plugin's tag.")] = None,
    scope: Annotated[str | None, typer.Option(help="Narrow the token to these scopes, separated by spaces.")] = None,
    url: Annotated[str | None, typer.Option(help="Where Izara runs; default http://HOST:PORT.")] = None,
) -> None:
    """Print a token of the development issuer of a running Izara (on loopback only)."""
    if (user is None) == (plugin is None):
        raise typer.BadParameter("give one of --user and --plugin")
    read = settings()
    wanted = {"user": user, "plugin": plugin, "scope": scope}
    body = {name: value for name, value in wanted.items() if value is not None}
    typer.echo(run(fetch((url or read.base_url(read.port)).rstrip("/"), body)))


async def fetch(base: str, body: dict[str, str]) -> str:
    """The token; raises CallFailed where nothing runs there, or the issuer refuses."""
    import aiohttp

    from izara.graphql_call import CallFailed

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.post(f"{base}/oauth/dev-token", json=body) as response,
        ):
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CallFailed(f"no Izara answers at {base}; start it with `izara up`") from error
    if not isinstance(answer, dict) or "access_token" not in answer:
        reason = answer.get("error_description") if isinstance(answer, dict) else None
        raise CallFailed(reason or f"{base} is no development issuer")
    return str(answer["access_token"])
