"""Files that people name: read within bounds, written at once or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a file; more than any schema has."""


class FileUnreadableError(Exception):
    """A file cannot be read as text; the message names it.

    Attributes:
        help: what can be done.
    """

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def read_text(path: Path) -> str:
    """The text of a file in UTF-8. Raises FileUnreadableError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except IsADirectoryError as error:
        raise FileUnreadableError(f"{path} is a directory", "Give a file in it.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FileUnreadableError(f"{path} cannot be read: {why}", "Correct the path, or make the file.") from error
    if len(data) > LARGEST:
        raise FileUnreadableError(f"{path} has more than {LARGEST} bytes", "Give a file with a schema.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte 0x{data[error.start]:02x} at offset {error.start}"
        raise FileUnreadableError(f"{path} is not UTF-8: {where}", "Save it as UTF-8.") from error


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8: whoever reads it meanwhile sees the old text or the new one. Raises OSError."""
    target = path.resolve()
    if not target.exists() or target.is_file():
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(target)
            return
        except OSError:
            # Its directory may be closed to us, or the file be a mount of its own.
            beside.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")
