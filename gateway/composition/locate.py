"""From a syntax node to the lines and columns that a reader should look at."""

from __future__ import annotations

import re

from graphql import (
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    Source,
    Token,
    TokenKind,
    get_location,
)

from gateway.composition.result import Location

_TOKEN = re.compile(r'\w+|"(?:[^"\\\r\n]|\\.)*"?|\S')


def locate(subgraph: str, node: Node | None) -> Location | None:
    """Where in a subgraph's SDL a node is: what names it, rather than its description or its whole body.

    Returns None for a node that composition made itself.
    """
    if node is None or node.loc is None:
        return None
    first, last = _focus(node)
    end_line, end_column = last.line, last.column + last.end - last.start
    if last.kind is TokenKind.BLOCK_STRING:
        end_line, end_column = get_location(node.loc.source, last.end)
    return Location(subgraph, first.line, first.column, end_line, end_column)


def locate_position(subgraph: str, source: Source, position: int) -> Location:
    """Where the token at an offset of the SDL is."""
    start = get_location(source, position)
    token = _TOKEN.match(source.body, position)
    length = len(token[0]) if token else 1
    return Location(subgraph, start.line, start.column, start.line, start.column + length)


def _focus(node: Node) -> tuple[Token, Token]:
    """The first and the last token to point at."""
    assert node.loc is not None
    name: Node | None = getattr(node, "name", None)
    whole = node.loc.start_token, node.loc.end_token
    if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
        keyword = whole[0]
        while keyword.kind is not TokenKind.NAME and keyword.next is not None:
            keyword = keyword.next
        return keyword, keyword
    if name is None or name.loc is None or not hasattr(node, "directives"):
        return whole
    if isinstance(node, FieldDefinitionNode | InputValueDefinitionNode) and node.type.loc is not None:
        return name.loc.start_token, node.type.loc.end_token
    return name.loc.start_token, name.loc.end_token
