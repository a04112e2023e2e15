"""`izara runs`: what flows are doing, of all services."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from izara.cli.operations import (
    Json,
    Limit,
    ObjectRef,
    RunStatus,
    Service,
    Token,
    Url,
    User,
    base_of,
    given,
    signed_in,
)
from izara.cli.run import fail, run
from izara.cli.table import print_fields, print_table, tell_more

app = typer.Typer(help="Runs of flows, of all services of a running Izara.", no_args_is_help=True)

RUN = """id service flow version step status awaiting rejections { pluginTag code message }
    skipped { pluginTag code message } failure { code message field } objectRefs
    cause { runId deliveryId pluginTag } createdAt updatedAt"""


@app.command("list")
def list_runs(
    service: Service = None,
    status: Annotated[RunStatus | None, typer.Option(case_sensitive=False, help="Only those in this state.")] = None,
    object_ref: ObjectRef = None,
    flow: Annotated[str | None, typer.Option(help="Only those of this flow.")] = None,
    version: Annotated[int | None, typer.Option(help="Only those begun under this version of their flow.")] = None,
    limit: Limit = 100,
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """List runs, the oldest first."""
    state = status and status.value
    filter = given(service=service, status=state, objectRef=object_ref, flow=flow, version=version)

    async def read() -> tuple[list[dict[str, Any]], bool]:
        async with signed_in(base_of(url), user, token) as operator:
            return await operator.nodes("runs", "RunFilter", RUN, filter, limit)

    found, more = run(read())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        rows = [
            (item["id"], f"{item['service']}.{item['flow']}", item["status"], item["updatedAt"], why(item))
            for item in found
        ]
        print_table(("ID", "FLOW", "STATUS", "UPDATED", "WHY"), rows, "there are no such runs")
    if more:
        tell_more(limit)


@app.command("show")
def show(
    id: Annotated[str, typer.Argument(help="The run's id.")],
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """Show one run; exit code 1 where there is none."""

    async def read() -> dict[str, Any] | None:
        async with signed_in(base_of(url), user, token) as operator:
            found: dict[str, Any] | None = (
                await operator.ask(f"query ($id: ID!) {{ run(id: $id) {{ {RUN} }} }}", id=id)
            )["run"]
            return found

    found = run(read())
    if found is None:
        raise fail(f"there is no run {id!r} that you may see")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    cause = found["cause"] or {}
    print_fields(
        {
            "id": found["id"],
            "flow": f"{found['service']}.{found['flow']}",
            "version": found["version"],
            "status": found["status"],
            "step": found["step"],
            "why": why(found),
            "objects": found["objectRefs"],
            "caused by": [f"{name} {value}" for name, value in cause.items() if value is not None],
            "created": found["createdAt"],
            "updated": found["updatedAt"],
        }
    )


def why(found: dict[str, Any]) -> str:
    """What a run waits for, or why it ended as it did."""
    parts = [f"waits for {tag}" for tag in found["awaiting"]]
    parts += [f"{item['pluginTag']}: {item['code']}: {item['message']}" for item in found["rejections"]]
    parts += [f"skipped {item['pluginTag']}: {item['message']}" for item in found["skipped"]]
    if found["failure"] is not None:
        parts.append(f"{found['failure']['code']}: {found['failure']['message']}")
    return "; ".join(parts)
