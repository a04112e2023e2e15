"""`izara`: the command line."""

from izara.cli.main import main

__all__ = ["main"]
