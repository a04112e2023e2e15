"""What an operator can make something of when a connection fails."""

from __future__ import annotations

import os
import ssl


def why(error: Exception) -> str:
    """The end of a sentence about the subgraph."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if not isinstance(error, OSError) or error.errno is None:
        return str(error) or type(error).__name__
    return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
