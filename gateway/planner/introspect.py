"""The part of a query that the API schema answers itself, as a document of its own."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    print_ast,
)

from gateway.planner.errors import PlanError
from gateway.planner.nodes import Introspection, Request
from gateway.planner.normalise import variables_in
from gateway.planner.operation import OpField

META_FIELDS = frozenset({"__schema", "__type"})
_MOST_FIELDS = 100


def plan_introspection(
    document: DocumentNode, operation: OperationDefinitionNode, fields: tuple[OpField, ...]
) -> Introspection | None:
    """The root's `__schema` and `__type` fields, wherever they stand in fragments; None where there are none.

    Raises PlanError where they are very many.
    """
    keys = tuple(field.key or field.name for field in fields if field.name in META_FIELDS)
    if not keys:
        return None
    if len(keys) > _MOST_FIELDS:
        raise PlanError(
            "PLAN_BUDGET_EXCEEDED",
            f"the operation asks for the schema {len(keys)} times, of at most {_MOST_FIELDS}: ask for all of it once",
        )
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    kept = OperationDefinitionNode(
        operation=operation.operation,
        name=None,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=_keep(operation.selection_set, fragments),
    )
    text = "\n\n".join(print_ast(node) for node in (kept, *fragments.values()))
    declared = {item.variable.name.value for item in operation.variable_definitions or ()}
    used = tuple(sorted(declared & variables_in((kept, *fragments.values()))))
    return Introspection(Request("", text, "query", used), keys)


def _keep(selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> SelectionSetNode:
    kept: list[SelectionNode] = []
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            if node.name.value in META_FIELDS:
                kept.append(node)
        else:
            kept.append(_fragment(node, fragments))
    typename = SelectionSetNode(selections=tuple(kept))
    return typename if kept else selection_set


def _fragment(node: SelectionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> InlineFragmentNode:
    source = node
    if isinstance(node, FragmentSpreadNode):
        source = fragments[node.name.value]  # type: ignore[assignment]
    selection_set = _keep(source.selection_set, fragments)  # type: ignore[attr-defined]
    return InlineFragmentNode(
        type_condition=source.type_condition,  # type: ignore[attr-defined]
        directives=node.directives,
        selection_set=selection_set,
    )
