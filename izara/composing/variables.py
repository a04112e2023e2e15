"""`${env.NAME}` in a configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_NAME: Final = re.compile(r"(?:env\.)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\Z", re.DOTALL)

KeyPath = tuple[str | int, ...]


def expanded(
    value: Any, environment: Mapping[str, str], told: Callable[[KeyPath, str, str], None], path: KeyPath = ()
) -> Any:
    """A value of mappings, lists and strings with its variables replaced.

    Args:
        told: called for each variable that stands for nothing, with where it is, what is wrong, and a way out.
    """
    if isinstance(value, dict):
        return {key: expanded(item, environment, told, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item, environment, told, (*path, number)) for number, item in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replaced(match: re.Match[str]) -> str:
        named = _NAME.match(match[1])
        if named is None:
            told(path, f"{match[0]} names no variable", "Write ${env.NAME}.")
            return ""
        found = environment.get(named[1], named[2])
        if found is None:
            told(path, f"the environment has no {named[1]}", "Set it, or write ${env.NAME:-default}.")
        return found or ""

    return _VARIABLE.sub(replaced, value)
