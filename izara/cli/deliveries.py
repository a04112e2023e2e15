"""`izara deliveries`: what plugins were told, and telling it again where they could not take it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import typer

from flows.records import DeliveryStatus
from izara.cli.operations import (
    PAGE,
    Json,
    Limit,
    ObjectRef,
    Operator,
    Service,
    Token,
    Url,
    User,
    base_of,
    given,
    signed_in,
)
from izara.cli.run import run
from izara.cli.table import clean, print_table, tell_more

app = typer.Typer(help="Deliveries of hooks to plugins, of all services of a running Izara.", no_args_is_help=True)

DELIVERY = """id hookId mode ownerRef status attempt nextAt lastError createdAt
    plugin { tag } run { id status } connections { id objectRef }"""
REDRIVE = f"""mutation ($input: RedriveDeliveriesInput!) {{ redriveDeliveries(input: $input) {{
    errors {{ code message }} deliveries {{ {DELIVERY} }} }} }}"""
COLUMNS = ("ID", "STATUS", "PLUGIN", "HOOK", "ATTEMPT", "NEXT", "LAST ERROR")

Plugin = Annotated[str | None, typer.Option(help="Only those to this plugin.")]
Status = Annotated[DeliveryStatus | None, typer.Option(case_sensitive=False, help="Only those in this state.")]


@app.command("list")
def list_deliveries(
    status: Status = None,
    plugin: Plugin = None,
    service: Service = None,
    object_ref: ObjectRef = None,
    limit: Limit = 100,
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """List deliveries, the oldest first."""
    filter = given(status=status and status.value, pluginTag=plugin, service=service, objectRef=object_ref)

    async def read() -> tuple[list[dict[str, Any]], bool]:
        async with signed_in(base_of(url), user, token) as operator:
            return await operator.nodes("deliveries", "DeliveryFilter", DELIVERY, filter, limit)

    found, more = run(read())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        print_table(COLUMNS, [row(item) for item in found], "there are no such deliveries")
    if more:
        tell_more(limit)


@app.command("redrive")
def redrive(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of dead deliveries.")] = None,
    all_dead: Annotated[bool, typer.Option("--all", help="All dead deliveries that the other options select.")] = False,
    status: Annotated[DeliveryStatus, typer.Option(case_sensitive=False, help="With --all: only DEAD.")] = (
        DeliveryStatus.DEAD
    ),
    plugin: Plugin = None,
    service: Service = None,
    object_ref: ObjectRef = None,
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """Make dead deliveries due again; exit code 1 where one of them could not be."""
    filter = given(pluginTag=plugin, service=service, objectRef=object_ref)
    if status is not DeliveryStatus.DEAD:
        raise typer.BadParameter(f"only DEAD deliveries can be redriven, not {status.value}")
    if bool(ids) == all_dead or (ids and filter):
        raise typer.BadParameter("give ids, or --all with --plugin, --service or --object to narrow it")

    async def work() -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        async with signed_in(base_of(url), user, token) as operator:
            answers = redrive_ids(operator, ids) if ids else redrive_all(operator, filter)
            driven: list[dict[str, Any]] = []
            errors: list[dict[str, str]] = []
            async for answer in answers:
                driven += answer["deliveries"]
                errors += [error for error in answer["errors"] if error not in errors]
            return driven, errors

    driven, errors = run(work())
    if as_json:
        typer.echo(json.dumps({"deliveries": driven, "errors": errors}, indent=2))
    else:
        print_table(COLUMNS, [row(item) for item in driven], "no delivery was redriven")
        for error in errors:
            typer.echo(f"error {error['code']}: {clean(error['message'])}", err=True)
    if errors:
        raise typer.Exit(1)


async def redrive_ids(operator: Operator, ids: Sequence[str]) -> AsyncIterator[dict[str, Any]]:
    """The payload for each hundred of the ids."""
    for start in range(0, len(ids), PAGE):
        select = {"ids": list(ids[start : start + PAGE])}
        yield (await operator.ask(REDRIVE, input={"select": select}))["redriveDeliveries"]


async def redrive_all(operator: Operator, filter: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """The payload for each hundred that the filter selects, until one brings nothing new.

    One that dies again at once is selected again; it must not keep us here.
    """
    seen: set[str] = set()
    while True:
        answer = (await operator.ask(REDRIVE, input={"select": {"filter": filter}}))["redriveDeliveries"]
        fresh = [item for item in answer["deliveries"] if item["id"] not in seen]
        seen |= {item["id"] for item in fresh}
        yield {**answer, "deliveries": fresh}
        if not fresh:
            return


def row(item: dict[str, Any]) -> tuple[object, ...]:
    """A delivery as a line of the table."""
    tag = (item["plugin"] or {}).get("tag")
    return item["id"], item["status"], tag, item["hookId"], item["attempt"], item["nextAt"], item["lastError"]
