"""Stage 1: text to document."""

from __future__ import annotations

from typing import Final

from graphql import DocumentNode, GraphQLSyntaxError, Lexer, Location, Source, Token, TokenKind
from graphql.language.parser import Parser, nested_too_deeply_error

from gateway.config import Limits
from gateway.pipeline.errors import LimitExceeded, ParseFailed
from gateway.pipeline.planning import Pause, no_pause

_STRIDE: Final = 64


def parse_document(query: str, limits: Limits, pause: Pause = no_pause) -> DocumentNode:
    """Reads a document; `pause` is called now and then, and may raise to end it.

    Raises:
        LimitExceeded: the text is longer, or has more tokens, than the limits allow.
        ParseFailed: it is no GraphQL, or nested too deeply to be read.
    """
    if len(query) > limits.text:
        raise LimitExceeded(
            f"The document has {len(query)} characters; at most {limits.text} are allowed: send values as variables"
        )
    parser = _Parser(
        source := Source(query),
        lexer=_Lexer(source, limits.tokens, pause),
        max_comments=limits.tokens,
    )
    try:
        return parser.parse_document()
    except GraphQLSyntaxError as error:
        raise ParseFailed([error]) from error
    except RecursionError:
        pass
    raise ParseFailed([nested_too_deeply_error(parser)])  # Outside: the frames of a recursion are many.


class _Lexer(Lexer):
    """Counts tokens and rests now and then.

    Each token is let go of when the parser is past it. The library links them both ways, as if for good: they would
    all wait for the garbage collector, and be more than the document itself.
    """

    def __init__(self, source: Source, most: int, pause: Pause) -> None:
        super().__init__(source)
        self._most = most
        self._pause = pause
        self._read = 0

    def advance(self) -> Token:
        last = self.token
        token = super().advance()
        while last is not token:
            following = last.next
            assert following is not None, "the lexer has just linked them"
            last.next = following.prev = None
            last = following
        self._read += 1
        if self._read > self._most and token.kind is not TokenKind.EOF:
            raise LimitExceeded(
                f"The document has more than {self._most} tokens, the most allowed: ask for less at once, "
                "or send values as variables"
            )
        if not self._read % _STRIDE:
            self._pause()
        return token


class _Place(Location):
    """A location without its tokens."""

    __slots__ = ()

    def __init__(self, start: int, end: int, source: Source) -> None:
        self.start = start
        self.end = end
        self.source = source


class _Parser(Parser):
    """Nodes that begin and end together, as a field and its name, share a location."""

    _latest: _Place | None = None

    def loc(self, start_token: Token) -> Location:
        start, end, latest = start_token.start, self._lexer.last_token.end, self._latest
        if latest is None or latest.start != start or latest.end != end:
            latest = self._latest = _Place(start, end, self._lexer.source)
        return latest
