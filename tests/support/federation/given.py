"""The part of a representation that a field set names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.supergraph.selection import FieldSel, FieldSet


def given(
    sent: Any, fields: FieldSet, is_of: Callable[[str | None, str], bool], lacks: Callable[[str], Exception]
) -> Any:
    """What a subgraph was sent of these fields.

    Args:
        is_of: whether an object of the first type fits a condition on the second.
        lacks: the error to raise for a field that was not sent.
    """
    if isinstance(sent, list):
        return [given(item, fields, is_of, lacks) for item in sent]
    if not isinstance(sent, dict):
        return sent
    found: dict[str, Any] = {}
    for item in fields:
        if not isinstance(item, FieldSel):
            if is_of(sent.get("__typename"), item.type):
                found |= given(sent, item.selections, is_of, lacks)
        elif item.name not in sent:
            raise lacks(item.name)
        else:
            value = sent[item.name]
            found[item.name] = given(value, item.selections, is_of, lacks) if item.selections else value
    return found
