"""Operations that were parsed and found valid before: services are asked the same ones again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MOST_CHARACTERS = 200_000
"""Of all the texts that are kept; a parsed document takes some hundred bytes for each character."""


class ValidDocuments:
    """The documents of one schema that were valid, by their texts, those asked for last.

    Whether a document is valid is a matter of its text and the schema alone: variables and callers have no part in it.
    """

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._characters = 0

    def find(self, text: str) -> DocumentNode | None:
        """The document of that text; None where it has to be parsed and validated."""
        found = self._documents.get(text)
        if found is not None:
            self._documents.move_to_end(text)
        return found

    def keep(self, text: str, document: DocumentNode) -> None:
        """Remember a document that was found valid; one that is a tenth of all that fits is not kept."""
        if text in self._documents or len(text) > self._most // 10:
            return
        self._documents[text] = document
        self._characters += len(text)
        while self._characters > self._most:
            dropped, _ = self._documents.popitem(last=False)
            self._characters -= len(dropped)


class ReuseDocuments(SchemaExtension):
    """Parses and validates a text once. What another extension holds against an operation stays held against it.

    Args:
        known: of the schema that this is an extension of.
    """

    def __init__(self, known: ValidDocuments) -> None:
        self._known = known
        self._reused = False

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        found = None if context.query is None else self._known.find(context.query)
        if found is not None:
            context.graphql_document = found
            self._reused = True
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if self._reused and context.pre_execution_errors is None:
            context.pre_execution_errors = []
        yield
        if not self._reused and context.pre_execution_errors == [] and context.query and context.graphql_document:
            self._known.keep(context.query, context.graphql_document)
