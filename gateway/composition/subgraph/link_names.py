"""Whether the names that a ``@link`` brings can be told apart from those of the links before it.

Specification: https://specs.apollo.dev/link/v1.0, "Name conversions": ``prefix__name``, and ``@prefix``
for the directive that bears its specification's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.composition.subgraph.links import Link, Links

_PREFIX = re.compile(r"[_A-Za-z][_0-9A-Za-z.-]*$")


def split_name(name: str) -> tuple[str, str] | None:
    """``prefix__rest`` as its two parts; None for a name without a prefix."""
    prefix, separator, rest = name.removeprefix("@").partition("__")
    return (prefix, rest) if separator and prefix and rest else None


def clash(links: Links, link: Link) -> str | None:
    """Why a link cannot stand beside those read before it, in one sentence; None when it can."""
    return _bad_prefix(link) or _prefix_clash(links, link) or _import_clash(links, link)


def _bad_prefix(link: Link) -> str | None:
    prefix = link.prefix
    if prefix is None:
        return None
    # Old composers wrote these two, and no others, into what they generated.
    if prefix == f"federation__{link.url.name}" and link.url.name in ("tag", "inaccessible") and not link.imports:
        return None
    if "__" in prefix or prefix.endswith("_") or not _PREFIX.match(prefix):
        return (
            f"{link.url.text} cannot be linked as {prefix!r}: the name must be a GraphQL name without __ and"
            " without _ at its end."
        )
    return None


def _prefix_clash(links: Links, link: Link) -> str | None:
    prefix = link.prefix
    if prefix is None:
        return None
    if prefix in links.by_prefix:
        return f"{link.url.text} and {links.by_prefix[prefix].url.text} are both linked as {prefix!r}."
    for local, other in links.by_import.items():
        parts = split_name(local)
        if local == f"@{prefix}" or (parts is not None and parts[0] == prefix):
            return f"{local!r}, imported from {other.url.text}, looks like a name of {link.url.text}."
    return None


def _import_clash(links: Links, link: Link) -> str | None:
    for local, original in link.imports.items():
        earlier = links.by_import.get(local)
        if earlier is not None:
            return f"{local!r} is imported from both {earlier.url.text} and {link.url.text}."
        parts = split_name(local)
        if parts is not None:
            if parts[0] == link.prefix and parts[1] != original.removeprefix("@"):
                return f"{original!r} imported as {local!r} looks like another name of {link.url.text}."
            if parts[0] != link.prefix and parts[0] in links.by_prefix:
                return f"{local!r}, imported from {link.url.text}, looks like a name of {parts[0]!r}."
        if local.startswith("@"):
            bare = local[1:]
            if bare == link.prefix and original != f"@{link.url.name}":
                return f"{original!r} imported as {local!r} looks like @{link.url.name}."
            if bare != link.prefix and bare in links.by_prefix:
                return f"{local!r}, imported from {link.url.text}, looks like a name of {bare!r}."
    return None
