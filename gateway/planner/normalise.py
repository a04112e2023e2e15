"""From the client's document to raw selections: one operation, fragments in place, constant conditions gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    print_ast,
    value_from_ast_untyped,
    visit,
)

from gateway.planner.budget import Meter
from gateway.planner.errors import PlanError
from gateway.planner.nodes import Guard, OperationKind
from gateway.planner.operation import Guards, Raw, RawField, RawFragment
from gateway.supergraph.selection import print_arguments


@dataclass(frozen=True)
class Operation:
    """The operation to plan.

    Attributes:
        declarations: text of each variable's declaration, by name.
        defaults: values of the variables that have a default.
    """

    kind: OperationKind
    name: str | None
    root: tuple[Raw, ...]
    declarations: Mapping[str, str]
    defaults: Mapping[str, Any]


def read_operation(document: DocumentNode, operation_name: str | None, meter: Meter) -> Operation:
    """Raises PlanError where the operation asked for is not in the document."""
    node = pick_operation(document, operation_name)
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    definitions = node.variable_definitions or ()
    return Operation(
        kind=node.operation.value,
        name=node.name.value if node.name else None,
        root=_Reader(fragments, meter).read(node.selection_set),
        declarations={
            item.variable.name.value: f"${item.variable.name.value}: {print_ast(item.type)}"
            + (f" = {print_ast(item.default_value)}" if item.default_value else "")
            for item in definitions
        },
        defaults={
            item.variable.name.value: value_from_ast_untyped(item.default_value)
            for item in definitions
            if item.default_value
        },
    )


def pick_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation asked for. Raises PlanError where the document does not have it."""
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        message = "the document has no operation" if not operations else "say which operation to run"
        raise PlanError("OPERATION_NOT_FOUND" if not operations else "OPERATION_NAME_REQUIRED", message)
    for item in operations:
        if item.name and item.name.value == name:
            return item
    raise PlanError("OPERATION_NOT_FOUND", f'the document has no operation named "{name}"')


class _Reader:
    """Reads selection sets; each named fragment once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], meter: Meter) -> None:
        self._fragments = fragments
        self._meter = meter
        self._read: dict[str, tuple[Raw, ...]] = {}

    def read(self, selection_set: SelectionSetNode) -> tuple[Raw, ...]:
        found: list[Raw] = []
        for node in selection_set.selections:
            self._meter.spend()
            guards = _guards(node.directives)
            if guards is None:
                continue
            if isinstance(node, FieldNode):
                found.append(self._field(node, guards))
            elif isinstance(node, InlineFragmentNode):
                type_name = node.type_condition.name.value if node.type_condition else None
                found.append(RawFragment(type_name, guards, self.read(node.selection_set)))
            elif isinstance(node, FragmentSpreadNode):
                found.append(self._spread(node, guards))
        return tuple(found)

    def _spread(self, node: FragmentSpreadNode, guards: Guards) -> RawFragment:
        name = node.name.value
        fragment = self._fragments[name]
        if name not in self._read:
            self._read[name] = self.read(fragment.selection_set)
        return RawFragment(fragment.type_condition.name.value, guards, self._read[name])

    def _field(self, node: FieldNode, guards: Guards) -> RawField:
        return RawField(
            key=node.alias.value if node.alias else node.name.value,
            name=node.name.value,
            arguments=print_arguments(node),
            variables=variables_in(node.arguments or ()),
            guards=guards,
            below=self.read(node.selection_set) if node.selection_set else (),
        )


def variables_in(nodes: Iterable[Node]) -> frozenset[str]:
    """Names of the variables used anywhere in these nodes."""
    finder = _VariableFinder()
    for node in nodes:
        visit(node, finder)
    return frozenset(finder.names)


class _VariableFinder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


def _guards(directives: Iterable[DirectiveNode] | None) -> Guards | None:
    """The conditions on a selection; None where they are constant and leave it out."""
    found: set[Guard] = set()
    for directive in directives or ():
        if directive.name.value not in ("include", "skip"):
            continue
        include = directive.name.value == "include"
        value = next(item.value for item in directive.arguments or () if item.name.value == "if")
        if isinstance(value, VariableNode):
            found.add(Guard(value.name.value, include))
        elif isinstance(value, BooleanValueNode) and value.value != include:
            return None
    return tuple(sorted(found, key=lambda guard: (guard.variable, guard.include)))
