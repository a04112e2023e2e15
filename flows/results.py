"""Whether what a plugin gave back fits the hook that it was asked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from flows.catalog import BoundHook
from flows.records import ErrorRecord, RejectionRecord

BAD_AMENDMENT = "BAD_AMENDMENT"
BAD_RESULT = "BAD_RESULT"


@dataclass(frozen=True)
class Misfit:
    """A result that a hook cannot take.

    Attributes:
        amends: whether it should have changed the caller's input.
        place: path of the value to blame; empty where it is the result as a whole.
        problem: what is wrong there.
    """

    hook_id: str
    amends: bool
    place: tuple[str, ...]
    problem: str

    @property
    def text(self) -> str:
        """What is wrong, and where."""
        at = f"at {'.'.join(self.place)}" if self.place else "as a whole"
        return f"the result for {self.hook_id} does not fit {at}: {self.problem}"

    def error(self, delivery_id: str) -> ErrorRecord:
        """What the plugin that replied is told."""
        field = ["outcome", "complete", "result", *self.place]
        return ErrorRecord(code=BAD_RESULT, message=f"delivery {delivery_id}: {self.text}", field=field)

    def rejection(self, plugin_tag: str) -> RejectionRecord:
        """What the caller is told, who waited for the plugin."""
        code = BAD_AMENDMENT if self.amends else BAD_RESULT
        return RejectionRecord(plugin_tag=plugin_tag, code=code, message=f"plugin {plugin_tag!r}: {self.text}")


def find_misfit(bound: BoundHook, result: Any) -> Misfit | None:
    """What keeps the hook from taking this result; None where nothing does."""
    model, amends = bound.hook.result, bound.hook.amend is not None
    if model is None:
        return Misfit(bound.id, amends, (), "this hook takes none")
    try:
        model.model_validate(result)
    except ValidationError as error:
        first = error.errors()[0]
        return Misfit(bound.id, amends, tuple(map(str, first["loc"])), first["msg"])
    return None
