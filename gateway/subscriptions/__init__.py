"""The protocols in which clients receive streams: graphql-transport-ws, Server-Sent Events, multipart."""

from gateway.subscriptions.port import Authenticate, Client, OperationRefused, Operations, Refused, Undecided
from gateway.subscriptions.websocket import WebSocketServer, WebSocketSettings, forwarded

__all__ = [
    "Authenticate",
    "Client",
    "OperationRefused",
    "Operations",
    "Refused",
    "Undecided",
    "WebSocketServer",
    "WebSocketSettings",
    "forwarded",
]
