"""Bodies that a subgraph compresses although it was not asked to."""

from __future__ import annotations

import zlib

from gateway.executor.transports import codes

_WINDOWS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}


class BadEncoding(Exception):
    """A body that cannot be decoded. The message is the end of a sentence about the subgraph."""

    def __init__(self, message: str, code: str = codes.INVALID_RESPONSE) -> None:
        super().__init__(message)
        self.code = code


def decoded(body: bytes, encoding: bytes, most: int) -> bytes:
    """The body as it was before its Content-Encoding. Raises BadEncoding, also beyond `most` bytes."""
    name = encoding.strip().lower()
    if name in (b"", b"identity"):
        return body
    window = _WINDOWS.get(name)
    if window is None:
        shown = name[:40].decode("latin-1")
        raise BadEncoding(f"compresses its answer as {shown!r}, though it was asked not to compress")
    inflating = zlib.decompressobj(window)
    try:
        plain = inflating.decompress(body, most)
    except zlib.error as error:
        raise BadEncoding(f"answers with a body that is not {name.decode()}: {error}") from error
    if inflating.unconsumed_tail:
        raise BadEncoding(f"answered with more than {most} bytes", codes.TOO_LARGE)
    if not inflating.eof:
        raise BadEncoding(f"answers with half a {name.decode()} body")
    return plain
