"""Stages 1 to 3 together: the valid document of a text, remembered."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLSchema

from gateway.config import Limits
from gateway.pipeline.limits import check_limits
from gateway.pipeline.lru import LRU
from gateway.pipeline.parse import parse_document
from gateway.pipeline.validate import validate_document


class Documents:
    """The documents of one supergraph. Only one thread may ask at a time.

    Args:
        introspection: whether documents may ask for the schema.
    """

    def __init__(
        self, schema: GraphQLSchema, known: LRU[str, DocumentNode], limits: Limits, introspection: bool
    ) -> None:
        self._schema = schema
        self._known = known
        self._limits = limits
        self._introspection = introspection

    def find(self, query: str) -> DocumentNode:
        """Raises ParseFailed, LimitExceeded or ValidationFailed."""
        document = self._known.get(query)
        if document is None:
            document = parse_document(query, self._limits)
            check_limits(document, self._limits)
            validate_document(self._schema, document, query, self._introspection)
            self._known.put(query, document, len(query))
        return document
