"""Which operation of a request is run, in what context, and whether its answer can be given."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode, get_operation_ast, parse
from graphql import OperationType as Kind
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from flows.graphql.context import ServiceContext

SEVERAL = "The document contains several operations: 'operationName' must choose one"
NEEDS_STREAM = (
    "A subscription needs a WebSocket (graphql-transport-ws), or the header"
    " Accept: multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
)


def may_stream(text: str | None, name: str | None) -> bool:
    """Whether the operation of that name is a subscription, or cannot be told to be none."""
    if text is None or OperationType.SUBSCRIPTION.value not in text:
        return False
    try:
        operation = get_operation_ast(parse(text, no_location=True), name)
    except (GraphQLError, RecursionError):
        return True
    return operation is None or operation.operation is Kind.SUBSCRIPTION


class OwnContext(SchemaExtension):
    """Gives each operation of a WebSocket a context of its own: what one has read is old for the next."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context.context
        if isinstance(context, ServiceContext) and context.websocket is not None:
            self.execution_context.context = context.separate()
        yield


class ChooseOperation(SchemaExtension):
    """Refuses what Strawberry guesses or trips over.

    Of several operations it runs the first where none is named, and a subscription whose events nobody can be sent as
    if it were a query.
    """

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.pre_execution_errors is None:
            if execution._provided_operation_name is None and self._operations() > 1:
                execution.pre_execution_errors = [GraphQLError(SEVERAL)]
            elif self._has_no_stream() and execution.operation_type is OperationType.SUBSCRIPTION:
                error = GraphQLError(NEEDS_STREAM, extensions={"code": "NOT_ACCEPTABLE"})
                execution.pre_execution_errors = [error]
        yield

    def _operations(self) -> int:
        document = self.execution_context.graphql_document
        definitions = document.definitions if document else ()
        return sum(isinstance(item, OperationDefinitionNode) for item in definitions)

    def _has_no_stream(self) -> bool:
        context = self.execution_context.context
        return isinstance(context, ServiceContext) and context.one_answer
