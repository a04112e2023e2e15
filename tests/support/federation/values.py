"""Random literals of input types, and the texts that descriptions and reasons are made of."""

from __future__ import annotations

from tests.support.federation.chance import Chance
from tests.support.federation.schema import Input, Kind, Type, named

TEXTS = (
    "plain",
    'says "so" \\ and more',
    "two\nlines",
    "  indented\n    deeper\n",
    '"""',
    'ends in a quote"',
    "ends in a backslash\\",
    "grüße, 世界 🌍",
    "# no comment",
    "tab\tand\x7f",
)
_LEAVES = {
    "Int": ("0", "1", "-7", "2147483647"),
    "Float": ("0.5", "1", "-1e10"),
    "String": ('"x"', '""', '"q\\"\\\\"', '"""block"""'),
    "ID": ('"a"', "5"),
    "Boolean": ("true", "false"),
}
_CUSTOM = ('"any"', "1", "1.5", "true", "[1, 2]", '{a: 1, b: "x"}')


def text(chance: Chance) -> str | None:
    """A description or a reason; mostly none."""
    return chance.choice(TEXTS) if chance.flag(4) else None


def literal(chance: Chance, ref: str, types: dict[str, Type], depth: int = 2) -> str:
    """A literal that fits a type reference."""
    if ref.endswith("!"):
        return literal(chance, ref[:-1], types, depth)
    if ref.startswith("["):
        inner = ref[1:-1]
        count = chance.integer(0, 2) if depth else 0
        return f"[{', '.join(_item(chance, inner, types, depth - 1) for _ in range(count))}]"
    if ref in _LEAVES:
        return chance.choice(_LEAVES[ref])
    found = types[named(ref)]
    if found.kind is Kind.SCALAR:
        return chance.choice(_CUSTOM)
    if found.kind is Kind.ENUM:
        return chance.choice(found.values).name
    return _object(chance, found, types, depth - 1)


def _item(chance: Chance, ref: str, types: dict[str, Type], depth: int) -> str:
    return "null" if not ref.endswith("!") and chance.flag(6) else literal(chance, ref, types, depth)


def _object(chance: Chance, found: Type, types: dict[str, Type], depth: int) -> str:
    if found.one_of:
        entry = chance.choice(found.inputs)
        return f"{{{entry.name}: {literal(chance, entry.type, types, depth)}}}"
    parts = [_entry(chance, entry, types, depth) for entry in found.inputs]
    return f"{{{', '.join(part for part in parts if part)}}}"


def _entry(chance: Chance, entry: Input, types: dict[str, Type], depth: int) -> str:
    required = entry.type.endswith("!") and entry.default is None
    if not required and (depth <= 0 or chance.flag()):
        return ""
    return f"{entry.name}: {literal(chance, entry.type, types, depth)}"
