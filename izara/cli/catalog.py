"""`izara catalog`: every hook id with its targets and payload type."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer


def catalog(
    service: Annotated[str | None, typer.Argument(help="One service; default all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the hooks that plugins can subscribe to."""
    from flows import FlowCatalog
    from izara.services import SERVICES

    if service is not None and service not in SERVICES:
        raise typer.BadParameter(f"there is no service {service!r}; there are {', '.join(SERVICES)}")
    chosen = [SERVICES[service]] if service else list(SERVICES.values())
    rows: list[dict[str, Any]] = [
        {
            "id": bound.id,
            "kind": bound.kind.value,
            "targets": list(bound.hook.targets),
            "payload": bound.payload_name,
            "merge": bound.merge.value,
            "budgetMs": bound.budget_ms,
            "deadlineMs": bound.deadline_ms,
            "quorum": bound.hook.quorum,
        }
        for item in chosen
        for bound in FlowCatalog(item.tag, item.flows).hooks.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    width = max((len(str(row["id"])) for row in rows), default=0)
    for row in rows:
        typer.echo(f"{row['id']:{width}}  {row['kind']:8}  {', '.join(row['targets']):20}  {row['payload']}")
