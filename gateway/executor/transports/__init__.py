"""What carries requests to subgraphs: over HTTP and WebSockets, or to an ASGI app of this process."""

from gateway.executor.transport import FetchObserver
from gateway.executor.transports.binding import ConnectableTransport
from gateway.executor.transports.call import DirectTransport
from gateway.executor.transports.in_process import InProcessTransport
from gateway.executor.transports.in_task import direct
from gateway.executor.transports.measured import MeasuredTransport
from gateway.executor.transports.pool import HttpClient
from gateway.executor.transports.remote import RemoteTransport, open_http_session
from gateway.executor.transports.tls import BadAuthorities, tls_context

__all__ = [
    "BadAuthorities",
    "ConnectableTransport",
    "DirectTransport",
    "FetchObserver",
    "HttpClient",
    "InProcessTransport",
    "MeasuredTransport",
    "RemoteTransport",
    "direct",
    "open_http_session",
    "tls_context",
]
