"""The two kinds and the two modes of hooks."""

from enum import StrEnum


class HookKind(StrEnum):
    """VALIDATE hooks come before a step's write and may veto or amend; COMMIT hooks come after it and may not."""

    VALIDATE = "VALIDATE"
    COMMIT = "COMMIT"


class HookMode(StrEnum):
    """SYNC hooks are done before the mutation returns; ASYNC ones park the run until every plugin is done."""

    SYNC = "SYNC"
    ASYNC = "ASYNC"


class HookMerge(StrEnum):
    """What the answers of several plugins at one hook make together."""

    ALL_MUST_PASS = "ALL_MUST_PASS"  # noqa: S105 (no password)
    """Asked all at once; one that vetoes is enough."""
    QUORUM_PASSES = "QUORUM_PASSES"
    """Asked all at once; of the ASYNC ones as many suffice as the hook's quorum says, the SYNC ones must all pass."""
    AMEND_IN_ORDER = "AMEND_IN_ORDER"
    """Asked one by one in their declared order, each about what those before it made of the input; all must pass."""
    ALL_ARE_TOLD = "ALL_ARE_TOLD"
    """Told all at once; the run goes on when every one of them is done."""
