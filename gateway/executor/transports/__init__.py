"""What carries requests to subgraphs: over HTTP and WebSockets, or to an ASGI app of this process."""

from gateway.executor.transports.binding import ConnectableTransport
from gateway.executor.transports.in_process import InProcessTransport
from gateway.executor.transports.measured import FetchObserver, MeasuredTransport
from gateway.executor.transports.remote import RemoteTransport, open_http_session

__all__ = [
    "ConnectableTransport",
    "FetchObserver",
    "InProcessTransport",
    "MeasuredTransport",
    "RemoteTransport",
    "open_http_session",
]
