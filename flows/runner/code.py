"""The service's own code at a step: called between the step's write and its record on the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flows.records import Verdict
from flows.runner.held import HeldRun
from flows.runner.writing import Recorded, live
from flows.schema import WriteStep
from store import VersionedDocument, read_document


async def run_code(held: HeldRun, step: WriteStep[Any, Any], recorded: Recorded) -> None:
    """Call the step's code, unless the step was refused. A run that dies meanwhile finds its effect and calls again."""
    if not step.code or recorded.verdict is not Verdict.NONE:
        return
    if not held.stored:  # should the code fail, whoever takes the run on has to find it, and its caller waits for it
        await held.write()
    context = held.context()
    context = replace(context, results={**context.results, step.tag: recorded.result})
    document: VersionedDocument | None = await read_document(step.document, step.subject(context))
    for code in step.code:
        await code(context, live(document))
