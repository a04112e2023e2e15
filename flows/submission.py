"""What the engine answers to a submission: the run started or attached to, and what is wrong with the input."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flows.machine import Judgement
from flows.records import ErrorRecord, RunRecord


@dataclass(frozen=True)
class Submission:
    """The run as stored when the caller was answered, or why none was started.

    Attributes:
        record: the run; None where none was started.
        errors: what the caller can correct, a plugin's veto included under the plugin's own code.
    """

    record: RunRecord | None
    errors: list[ErrorRecord] = field(default_factory=list)


@dataclass(frozen=True)
class RunView:
    """A run with the tags of the plugins that it, or a child of it, waits for now."""

    run: RunRecord
    awaiting: list[str]

    @cached_property
    def state(self) -> tuple[Any, ...]:
        """What a watcher is told again for, once it changes."""
        run = self.run
        told = (run.status, run.step, self.awaiting, len(run.errors), len(run.skipped), run.failure or run.trouble)
        return (*told, len(run.rejections), run.page)

    @cached_property
    def shared(self) -> dict[str, Any]:
        """What was made of this view for one of those who see it, and serves the others too."""
        return {}


def with_outcomes(run: RunRecord, judgement: Judgement) -> RunRecord:
    """The run with the vetoes and time-outs of those who are done, while it still waits for others."""
    against = [*judgement.rejections, *judgement.against]
    if not against and not judgement.skipped:
        return run
    rejections, skipped = [*run.rejections, *against], [*run.skipped, *judgement.skipped]
    return run.model_copy(update={"rejections": rejections, "skipped": skipped})
