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
