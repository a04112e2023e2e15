"""Stages 1 to 3 together: the valid document of a text, remembered."""

from __future__ import annotations

from typing import Final

from graphql import DocumentNode, GraphQLSchema

from gateway.config import Limits
from gateway.pipeline.limits import check_limits
from gateway.pipeline.lru import LRU
from gateway.pipeline.parse import parse_document
from gateway.pipeline.planning import Pause, no_pause
from gateway.pipeline.validate import validate_document

_MOST_KEPT: Final = 20_000
"""Characters of a document that is remembered. Larger ones are many objects, which the collector would look through."""


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

    def find(self, query: str, pause: Pause = no_pause) -> DocumentNode:
        """Raises ParseFailed, LimitExceeded or ValidationFailed, or what `pause` raises."""
        document = self._known.get(query)
        if document is None:
            document = parse_document(query, self._limits, pause)
            check_limits(document, self._limits)
            validate_document(self._schema, document, query, self._introspection, pause)
            if len(query) <= _MOST_KEPT:
                self._known.put(query, document, len(query))
        return document
