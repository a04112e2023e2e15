"""Serving without detours: an HTTP protocol for uvicorn that answers usual requests itself.

What is usual is a POST of one query that wants one JSON answer. Everything else (other methods and paths, streams,
WebSockets, HTTP that needs care) is handed to uvicorn's own protocol and to the ASGI app behind it.
"""

from gateway.serving.accepting import listeners
from gateway.serving.collector import settle_collector
from gateway.serving.lane import Lane
from gateway.serving.protocol import protocol_class

__all__ = ["Lane", "listeners", "protocol_class", "settle_collector"]
