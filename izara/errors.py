"""What keeps a process of Izara from starting."""

from __future__ import annotations


class StartError(Exception):
    """The process cannot start; the message is one clear line."""
