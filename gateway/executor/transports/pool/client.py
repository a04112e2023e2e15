"""All pools of a process."""

from __future__ import annotations

import ssl

from gateway.executor.transports.pool.origin import MOST_BODY, OriginPool
from gateway.executor.transports.tls import tls_context


class HttpClient:
    """Hands out the pool of each URL, and closes all of them at the end.

    Args:
        tls: for https; None to believe the system's authorities.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._pools: dict[tuple[str, float, int], OriginPool] = {}
        self._tls = tls

    def tls(self) -> ssl.SSLContext:
        """What verifies servers; made when it is first needed, because reading the system's authorities takes time."""
        if self._tls is None:
            self._tls = tls_context()
        return self._tls

    def pool(self, url: str, seconds: float, largest: int | None = None) -> OriginPool:
        """The one pool for this URL, this patience and answers of this size at most."""
        most = MOST_BODY if largest is None else largest
        found = self._pools.get((url, seconds, most))
        if found is None:
            found = self._pools[url, seconds, most] = OriginPool(url, seconds, self.tls, most)
        return found

    async def close(self) -> None:
        """Fails what is under way and closes all connections."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()
