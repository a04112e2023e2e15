"""Writes the source of functions and turns it into functions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDENT = "    "


class Source:
    """Lines of Python. Everything that comes from a document or a schema is written with `repr`, or is a constant.

    Attributes:
        constants: values that the code refers to by name.
    """

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._lines: list[str] = []
        self._depth = 0

    @property
    def text(self) -> str:
        """All of it, for those who want to read it."""
        return "\n".join(self._lines) + "\n"

    def line(self, text: str) -> None:
        self._lines.append(_INDENT * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Indents what follows under a line that ends in a colon."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def constant(self, prefix: str, value: object) -> str:
        """The name of a value."""
        name = f"{prefix}{len(self.constants)}"
        self.constants[name] = value
        return name

    def functions(self, title: str, names: Mapping[str, Any]) -> dict[str, Any]:
        """Executes the code; returns all that it defined, and the constants and `names` it was given."""
        namespace: dict[str, Any] = {**names, **self.constants}
        # The text holds nothing that is not made here: keys, names and values are written with `repr`.
        exec(compile(self.text, f"<{title}>", "exec"), namespace)  # noqa: S102
        return namespace
