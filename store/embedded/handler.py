"""nx-27017's request handler with change streams that wait.

As delivered it answers `getMore` on a change stream at once, so a client that follows a stream asks for
more in a tight loop. Here `getMore` waits until the stream has a change or the client's `maxTimeMS` has
passed, as MongoDB does.
"""

import threading
from typing import Any

from nx_27017.changestream import ChangeStreamManager
from nx_27017.handler import NeoSQLiteHandler

_DEFAULT_WAIT_MS = 1000  # MongoDB's own maxAwaitTimeMS default for change streams


class AwaitingStreams(ChangeStreamManager):  # type: ignore[misc]
    """Change streams with a wake-up each."""

    def __init__(self) -> None:
        super().__init__()
        self._wakeups: dict[int, threading.Event] = {}

    def wait(self, stream_id: int, seconds: float) -> None:
        """Return when the stream has a change, is closed, or `seconds` have passed."""
        stream = self.get_stream(stream_id)
        if stream is None:
            return
        wakeup = self._wakeups.setdefault(stream_id, threading.Event())
        wakeup.clear()
        # Cleared before the look, so a change that arrives between the two is not slept through.
        if not stream._changes and not stream._closed:
            wakeup.wait(seconds)

    def notify_change(self, collection_name: str, *args: Any, **kwargs: Any) -> None:
        super().notify_change(collection_name, *args, **kwargs)
        with self._lock:
            ids = [id for id, stream in self._streams.items() if stream.collection_name == collection_name]
        for id in ids:
            self._wake(id)

    def close_stream(self, stream_id: int) -> None:
        super().close_stream(stream_id)
        self._wake(stream_id)
        self._wakeups.pop(stream_id, None)

    def wake_all(self) -> None:
        """Let every waiting `getMore` return, so that the process can stop."""
        for id in list(self._wakeups):
            self._wake(id)

    def _wake(self, stream_id: int) -> None:
        wakeup = self._wakeups.get(stream_id)
        if wakeup is not None:
            wakeup.set()


class EmbeddedHandler(NeoSQLiteHandler):  # type: ignore[misc]
    """Serves one SQLite file; see the module's text for what differs from nx-27017's own handler."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.streams = AwaitingStreams()
        self._change_stream_manager = self.streams

    def handle_command(self, msg: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = next((doc for kind, doc in msg["sections"] if kind == "body"), None) or {}
        if "getMore" in body:
            # Outside the handler's lock: a waiting reader must not hold up the writers.
            self.streams.wait(int(body["getMore"]), body.get("maxTimeMS", _DEFAULT_WAIT_MS) / 1000)
        result: tuple[int, dict[str, Any]] = super().handle_command(msg)
        return result
