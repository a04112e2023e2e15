"""What can go wrong in the SDK, as types to branch on.

PluginError
├── DefinitionError          a plugin is declared wrongly (raised while it is imported)
│   └── HookDefinitionError  one hook of it
├── ConfigError              the environment does not say where and as whom to connect
├── CredentialsRefused       the platform does not know this client id and secret
├── GraphQLFailed            a call of a handler was answered with top-level errors
├── UserErrors               a mutation answered with errors that its caller can correct
├── MissingLink              a connection has no link of that name (also a KeyError)
└── SeveralConnections       a delivery concerns several connections where one was asked for
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class PluginError(Exception):
    """Base of every error of this package."""


class DefinitionError(PluginError):
    """A plugin is declared wrongly; nothing of it has run."""


class HookDefinitionError(DefinitionError):
    """A hook is declared wrongly: names the hook, what is wrong and what would be right."""

    def __init__(self, hook_id: str, problem: str) -> None:
        super().__init__(f"hook {hook_id!r}: {problem}")
        self.hook_id = hook_id
        self.problem = problem


class ConfigError(PluginError):
    """A setting is missing, unknown or wrong; the message is one line."""


class CredentialsRefused(PluginError):
    """The authorization server refused the client id or its secret."""


@dataclass(frozen=True)
class ErrorDetail:
    """One entry of a GraphQL response's `errors`."""

    message: str
    code: str | None = None
    path: tuple[str | int, ...] = ()

    @classmethod
    def of(cls, raw: Any) -> ErrorDetail:
        """Read one raw error; a malformed one keeps what it has."""
        if not isinstance(raw, Mapping):
            return cls(str(raw))
        extensions = raw.get("extensions")
        code = extensions.get("code") if isinstance(extensions, Mapping) else None
        path = raw.get("path")
        return cls(
            message=str(raw.get("message", "no message")),
            code=None if code is None else str(code),
            path=tuple(path) if isinstance(path, list) else (),
        )

    def __str__(self) -> str:
        where = ".".join(str(part) for part in self.path)
        return f"{self.code or 'ERROR'}{f' at {where}' if where else ''}: {self.message}"


class GraphQLFailed(PluginError):
    """The answer has top-level errors, or none arrived.

    Attributes:
        errors: what the server said, in its order.
        codes: the codes among them.
        data: what it answered beside the errors, often None.
    """

    def __init__(self, errors: Sequence[ErrorDetail], data: Mapping[str, Any] | None = None) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = tuple(errors)
        self.codes = frozenset(error.code for error in errors if error.code is not None)
        self.data = data


class UserErrors(PluginError):
    """The `errors` of a mutation's payload, for handlers that cannot go on with any."""

    def __init__(self, field: str, errors: Sequence[ErrorDetail]) -> None:
        super().__init__(f"{field}: " + "; ".join(f"{error.code}: {error.message}" for error in errors))
        self.field = field
        self.errors = tuple(errors)
        self.codes = frozenset(error.code for error in errors if error.code is not None)


class MissingLink(PluginError, KeyError):
    """A connection has no link of the name asked for."""

    def __init__(self, connection_id: str, name: str, present: Sequence[str]) -> None:
        self.connection_id = connection_id
        self.name = name
        has = ", ".join(sorted(present)) or "none"
        super().__init__(f"connection {connection_id} has no link {name!r}; its links: {has}")

    def __str__(self) -> str:
        return str(self.args[0])


class SeveralConnections(PluginError):
    """`ctx.links` or `ctx.config` was used where the delivery does not concern exactly one connection."""
