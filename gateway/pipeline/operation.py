"""Stage 4: which operation of the document is meant."""

from __future__ import annotations

from graphql import DocumentNode, OperationDefinitionNode

from gateway.pipeline.errors import OperationUnresolved


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Raises OperationUnresolved."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        raise OperationUnresolved("The document contains no operation")
    if name is None:
        if len(operations) > 1:
            raise OperationUnresolved("The document contains several operations: 'operationName' must choose one")
        return operations[0]
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise OperationUnresolved(f"The document contains no operation named {name!r}")
