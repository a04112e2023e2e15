"""The calls of a handler: what they are, and the idempotency keys they carry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from graphql import FieldNode, GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse


@dataclass(frozen=True)
class GraphQLCall:
    """A document with one operation, as far as its key needs it.

    Attributes:
        field: the first outermost field, by its name, not its alias.
    """

    field: str
    is_mutation: bool


@lru_cache(maxsize=256)
def read_call(document: str) -> GraphQLCall:
    """Read a document.

    Raises:
        ValueError: a syntax error (with its position), several operations, or a subscription.
    """
    try:
        definitions = parse(document).definitions
    except GraphQLSyntaxError as error:
        where = "".join(f" at line {at.line}, column {at.column}" for at in (error.locations or ())[:1])
        raise ValueError(f"the document has a syntax error{where}: {error.message}") from None
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise ValueError(f"the document has {len(operations)} operations; a call is one")
    (operation,) = operations
    if operation.operation is OperationType.SUBSCRIPTION:
        raise ValueError("the document is a subscription; a call is a query or mutation")
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    if not fields:
        raise ValueError("the document's operation has no field outside fragments")
    return GraphQLCall(fields[0].name.value, operation.operation is OperationType.MUTATION)


class CallKeys:
    """Idempotency keys of one run of a handler: the n-th call of a field gets the same key in every run."""

    def __init__(self, delivery_id: str) -> None:
        self._delivery_id = delivery_id
        self._counts: Counter[str] = Counter()

    def key(self, call: GraphQLCall, label: str | None = None) -> str:
        """The next key of a mutation; a labelled call does not count.

        Raises:
            ValueError: a label that could be taken for an ordinal, or is empty.
        """
        if label is None:
            self._counts[call.field] += 1
            label = str(self._counts[call.field])
        elif not label or label.isdigit():
            raise ValueError(f"label {label!r}: expected a word; digits alone are the SDK's own")
        return f"{self._delivery_id}/{call.field}/{label}"
