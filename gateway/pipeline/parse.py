"""Stage 1: text to document."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLSyntaxError, parse

from gateway.config import Limits
from gateway.pipeline.errors import ParseFailed


def parse_document(query: str, limits: Limits) -> DocumentNode:
    """Raises ParseFailed, also where the document has more tokens than the limits allow."""
    try:
        return parse(query, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLSyntaxError as error:
        raise ParseFailed([error]) from error
