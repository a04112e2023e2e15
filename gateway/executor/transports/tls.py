"""Whose certificates are believed."""

from __future__ import annotations

import ssl
from pathlib import Path


class BadAuthorities(ValueError):
    """A file of certificate authorities that cannot be used. The message names it and says why."""


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Verifies servers by the system's authorities, and by those of a PEM file. Raises BadAuthorities."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError as error:
            raise BadAuthorities(f"{ca_file} holds no certificates in PEM form: {error}") from error
        except OSError as error:
            raise BadAuthorities(f"{ca_file} cannot be read: {error.strerror}") from error
    return context
