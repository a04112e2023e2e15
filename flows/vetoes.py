"""What is kept of a veto: a veto stays one, however badly it is worded."""

from __future__ import annotations

from flows.outcomes import Reject
from flows.records import DeliveryRecord, ErrorRecord, RejectionRecord

BAD_REJECTION = "BAD_REJECTION"
LONGEST_CODE = 100
"""Characters of a veto's code: it is for programs to compare."""


def flaw_of(veto: Reject) -> str | None:
    """What keeps its code from being the caller's; None where nothing does."""
    if not veto.code.strip():
        return "a code that is blank"
    return f"a code of {len(veto.code)} characters" if len(veto.code) > LONGEST_CODE else None


def rejection_of(delivery: DeliveryRecord, veto: Reject) -> RejectionRecord:
    """What the caller is told: the plugin's own words, under BAD_REJECTION where its code cannot be told."""
    code, message, flaw = veto.code, veto.message, flaw_of(veto)
    if flaw is not None:
        code, message = (
            BAD_REJECTION,
            f"plugin {delivery.plugin_tag!r} vetoed {delivery.hook_id} with {flaw}: {message}",
        )
    return RejectionRecord(plugin_tag=delivery.plugin_tag, code=code, message=message)


def blame(delivery: DeliveryRecord, veto: Reject) -> ErrorRecord | None:
    """What the plugin is told whose veto counts, but not under its code; None where that is as it should be."""
    flaw = flaw_of(veto)
    if flaw is None:
        return None
    text = (
        f"delivery {delivery.id}: the veto counts, under the code {BAD_REJECTION}: it came with {flaw}; "
        f"expected from 1 to {LONGEST_CODE} characters, and not blank"
    )
    return ErrorRecord(code=BAD_REJECTION, message=text, field=["outcome", "reject", "code"])
