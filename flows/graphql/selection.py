"""What of a field an operation asks for, so that nothing is read that it does not."""

from __future__ import annotations

from typing import Any

from graphql import FieldNode
from strawberry.types import Info


def asks_for(info: Info[Any, Any], *path: str) -> bool:
    """Whether the operation may ask for the field at that path below the one being resolved, by GraphQL names.

    Where it has fragments, or may leave a field out, the answer is yes.
    """
    nodes = info._raw_info.field_nodes
    for name in path:
        below = [item for node in nodes if node.selection_set for item in node.selection_set.selections]
        if not all(isinstance(item, FieldNode) for item in below):
            return True
        nodes = [item for item in below if isinstance(item, FieldNode) and item.name.value == name]
    return bool(nodes)
