"""`izara deliveries`: what plugins were told, and telling it again where they could not take it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from izara.cli.operations import (
    PAGE,
    AttemptError,
    DeliveryStatus,
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
    errors {{ code message }} pageInfo {{ hasNextPage endCursor }} deliveries {{ {DELIVERY} }} }} }}"""
COLUMNS = ("ID", "STATUS", "PLUGIN", "HOOK", "ATTEMPT", "NEXT", "LAST ERROR")

Plugin = Annotated[str | None, typer.Option(help="Only those to this plugin.")]
Hook = Annotated[str | None, typer.Option(help="Only those of this hook id.")]
ErrorCode = Annotated[
    AttemptError | None, typer.Option(case_sensitive=False, help="Only those whose last attempt failed so.")
]
Since = Annotated[datetime | None, typer.Option(help="Only those made then (UTC) or later.")]
Until = Annotated[datetime | None, typer.Option(help="Only those made before then (UTC).")]
Status = Annotated[DeliveryStatus | None, typer.Option(case_sensitive=False, help="Only those in this state.")]


@app.command("list")
def list_deliveries(
    status: Status = None,
    plugin: Plugin = None,
    service: Service = None,
    object_ref: ObjectRef = None,
    hook: Hook = None,
    error_code: ErrorCode = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """List deliveries, the oldest first."""
    filter = {
        **given(status=status and status.value),
        **narrowed(plugin, service, object_ref, hook, error_code, since, until),
    }

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
    hook: Hook = None,
    error_code: ErrorCode = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
    url: Url = None,
    user: User = "admin",
    token: Token = None,
) -> None:
    """Make dead deliveries due again; exit code 1 where one of them could not be."""
    filter = narrowed(plugin, service, object_ref, hook, error_code, since, until)
    if status is not DeliveryStatus.DEAD:
        raise typer.BadParameter(f"only DEAD deliveries can be redriven, not {status.value}")
    if bool(ids) == all_dead or (ids and filter):
        raise typer.BadParameter("give ids, or --all with options like --plugin, --hook or --since to narrow it")

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
    """The payload for each hundred that the filter selects, to the end of the list.

    One that dies again at once is behind us; it does not keep us here.
    """
    after: str | None = None
    more = True
    while more:
        input = {"select": {"filter": filter}, "first": PAGE, "after": after}
        answer = (await operator.ask(REDRIVE, input=input))["redriveDeliveries"]
        yield answer
        page = answer["pageInfo"] or {"hasNextPage": False, "endCursor": None}
        more, after = page["hasNextPage"], page["endCursor"]


def narrowed(
    plugin: str | None,
    service: str | None,
    object_ref: str | None,
    hook: str | None,
    error_code: AttemptError | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    """The `DeliveryFilter` of these options."""
    return given(
        pluginTag=plugin,
        service=service,
        objectRef=object_ref,
        hookId=hook,
        errorCode=error_code and error_code.value,
        since=since and since.replace(tzinfo=UTC).isoformat(),
        until=until and until.replace(tzinfo=UTC).isoformat(),
    )


def row(item: dict[str, Any]) -> tuple[object, ...]:
    """A delivery as a line of the table."""
    tag = (item["plugin"] or {}).get("tag")
    return item["id"], item["status"], tag, item["hookId"], item["attempt"], item["nextAt"], item["lastError"]
