"""Codes of TransportError: what kept an answer from coming back."""

from __future__ import annotations

from typing import Final

UNREACHABLE: Final = "SUBGRAPH_UNREACHABLE"
"""No connection, or it broke before an answer."""

TIMEOUT: Final = "SUBGRAPH_TIMEOUT"
"""No answer within the time a subgraph is given."""

HTTP_ERROR: Final = "SUBGRAPH_HTTP_ERROR"
"""A status that is no success, without a GraphQL answer in the body."""

INVALID_RESPONSE: Final = "SUBGRAPH_INVALID_RESPONSE"
"""Something that is not a GraphQL answer: HTML, half a JSON, a list."""

TOO_LARGE: Final = "SUBGRAPH_ANSWER_TOO_LARGE"
"""More than the asker takes; the rest was not read."""

REFUSED: Final = "SUBGRAPH_REFUSED_CONNECTION"
"""The WebSocket was refused, for its sign-in or its subprotocol."""

CONNECTION_LOST: Final = "SUBGRAPH_CONNECTION_LOST"
"""The WebSocket or event stream ended before the subscription did."""

FAILED: Final = "SUBGRAPH_FAILED"
"""An app of this process raised instead of answering."""

INVALID_HEADER: Final = "SUBGRAPH_INVALID_HEADER"
"""A header to be forwarded holds a line break; the request was not sent."""
