"""Links of a connection, as a caller gives them and as they are stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flows.schema import Refusal
from registrar.documents import StoredLink
from registrar.refs import BadObjectRef, parse_object_ref

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}\Z")
MOST_LINKS = 50
BAD_LINK = "BAD_LINK"


@dataclass(frozen=True)
class LinkValue:
    """A link in a flow's parameters; `owner_ref` was found out for the caller, never given by them."""

    name: str
    object_ref: str | None = None
    url: str | None = None
    owner_ref: str | None = None

    def stored(self) -> StoredLink:
        """As the connection's document has it."""
        return StoredLink(**vars(self))


def link_refusals(links: Sequence[LinkValue]) -> list[Refusal]:
    """All that is wrong with links by themselves."""
    return list(_refusals(links))


def _refusals(links: Sequence[LinkValue]) -> Iterator[Refusal]:
    if len(links) > MOST_LINKS:
        yield Refusal(BAD_LINK, f"{len(links)} links; at most {MOST_LINKS} are allowed.", ("links",))
        return
    names = [link.name for link in links]
    for place, link in enumerate(links):
        path = ("links", str(place))
        if not _NAME.match(link.name):
            yield Refusal(
                BAD_LINK,
                f"{link.name[:80]!r} cannot name a link; write a letter, then letters, digits, _ or -.",
                (*path, "name"),
            )
        elif link.name in names[:place]:
            yield Refusal(BAD_LINK, f"{link.name!r} names two links of one connection.", (*path, "name"))
        if (link.object_ref is None) == (link.url is None):
            yield Refusal(BAD_LINK, f"link {link.name[:80]!r} must have one of objectRef and url.", path)
        if link.object_ref is not None:
            try:
                parse_object_ref(link.object_ref)
            except BadObjectRef as error:
                yield Refusal(BAD_LINK, str(error), (*path, "objectRef"))
        if link.url is not None and not _is_web_address(link.url):
            yield Refusal(BAD_LINK, f"{link.url[:100]!r} is no http or https address.", (*path, "url"))


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return len(text) <= 2000 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
