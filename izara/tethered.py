"""A module as a process whose life hangs on its parent's: `python -m izara.tethered plugins.market`.

The parent holds the other end of stdin. Its end of file means that the parent is gone, however it went (a SIGKILL
runs no handler): the process is then asked to stop, and a moment later it is gone, for nobody is left to serve.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

STDIN = 0
LAST_WORDS = 2.0
"""Seconds for which a process without a parent may finish what it has in hand."""


def hold_on() -> None:
    """Wait until the parent is gone; then end this process.

    Runs in a thread of its own: the module's event loop may be busy, and is none of ours.
    """
    while os.read(STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_WORDS)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run the module that is the only argument, as `python -m` does."""
    threading.Thread(target=hold_on, name="tether", daemon=True).start()
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
