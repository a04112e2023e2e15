"""HTTP/1.1 to subgraphs: kept connections, parsed by httptools, driven by callbacks rather than tasks.

A general client costs more than all the rest of a small request; this one does what GraphQL over HTTP needs
and nothing else: POST, no redirects, no cookies, no compression asked for.
"""

from gateway.executor.transports.pool.client import HttpClient
from gateway.executor.transports.pool.exchange import Exchange
from gateway.executor.transports.pool.origin import OriginPool

__all__ = ["Exchange", "HttpClient", "OriginPool"]
