"""Types of fields and arguments, kept as their printed text: ``[User!]!``."""

from __future__ import annotations

from collections.abc import Callable

IsSubtype = Callable[[str, str], bool]


def named(ref: str) -> str:
    """The named type inside lists and non-nulls."""
    return ref.strip("[]!")


def is_required(ref: str) -> bool:
    """Whether null is refused."""
    return ref.endswith("!")


def nullable(ref: str) -> str:
    """The same type, accepting null."""
    return ref[:-1] if ref.endswith("!") else ref


def item(ref: str) -> str | None:
    """What a list holds, or None for what is no list (nullability is looked through)."""
    ref = nullable(ref)
    return ref[1:-1] if ref.startswith("[") else None


def is_same_or_subtype(sub: str, base: str, is_subtype: IsSubtype) -> bool:
    """Whether ``sub`` may stand where ``base`` is declared: equal, stricter, or a narrower named type."""
    if sub == base:
        return True
    if is_required(base):
        return is_required(sub) and is_same_or_subtype(sub[:-1], base[:-1], is_subtype)
    if is_required(sub):
        return is_same_or_subtype(sub[:-1], base, is_subtype)
    sub_item, base_item = item(sub), item(base)
    if sub_item is not None and base_item is not None:
        return is_same_or_subtype(sub_item, base_item, is_subtype)
    return sub_item is None and base_item is None and is_subtype(sub, base)
