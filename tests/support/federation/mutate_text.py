"""Damages SDL as text: tokens lost, doubled, exchanged, documents cut short or spliced, and odd tokens put in."""

from __future__ import annotations

import re

from tests.support.federation.chance import Chance

_TOKEN = re.compile(r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?(?:e\d+)?|\.\.\.|\S')

ODD_TOKENS = (
    "",
    "null",
    "5",
    "-0",
    "1e999",
    "9" * 5000,
    "true",
    '""',
    '" "',
    '"\\u0000"',
    '"\\uD800"',
    '"\\uD83D\\uDE00"',
    '"""\n\n"""',
    "{}",
    "[]",
    "{a: {b: [null, 1]}}",
    "[[[[]]]]",
    "$x",
    "&",
    "| A",
    "ñ",
    "\x00",
    "﻿",
    "__typename",
    "__Type",
    "_Entity",
    "_entities",
    "Query",
    "join__Graph",
    "link__Import",
    "federation__FieldSet",
    "n" * 20_000,
    "extend",
    "repeatable",
    "on",
    "implements",
    "@deprecated",
    "@deprecated(reason: null)",
    "@key(fields: 5)",
    '@key(fields: ["id"])',
    '@key(fields: "")',
    '@key(fields: "{")',
    '@key(fields: "... on X { a }")',
    '@requires(fields: "a(b: $c)")',
    '@provides(fields: "__typename")',
    "@shareable",
    "@external",
    "@external @external",
    "@override(from: [1])",
    '@override(from: "")',
    "@inaccessible",
    "@interfaceObject",
    "@tag(name: null)",
    "@cost(weight: -1)",
    '@listSize(slicingArguments: [null, 5], sizedFields: "x")',
    '@context(name: "")',
    '@fromContext(field: "$ { }")',
    "@requiresScopes(scopes: [[]])",
    "@policy(policies: null)",
    "@link(url: null)",
    'schema @link(url: "https://specs.apollo.dev/federation/v2.99999999999999999999")',
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: [{name: 5}])',
    'extend schema @link(url: "https://specs.apollo.dev/link/v1.0", as: "")',
    "directive @key on QUERY",
    "scalar federation__FieldSet",
    "query { a }",
    "fragment F on Query { a }",
)


def tokens(sdl: str) -> list[str]:
    """The tokens of SDL, comments and blanks left out."""
    return _TOKEN.findall(re.sub(r"(?m)^\s*#.*$", "", sdl))


def damage_text(chance: Chance, sdl: str, others: list[str]) -> str:
    """The SDL with one to three injuries; ``others`` are documents to splice in."""
    words = tokens(sdl)
    for _ in range(chance.integer(1, 3)):
        words = _injure(chance, words, others)
    return " ".join(words)


def _injure(chance: Chance, words: list[str], others: list[str]) -> list[str]:
    if not words:
        return tokens(chance.choice(others))
    start = chance.integer(0, len(words) - 1)
    end = min(len(words), start + chance.choice((1, 1, 1, 2, 3, 8)))
    match chance.integer(0, 7):
        case 0:
            return words[:start] + words[end:]
        case 1:
            return words[:end] + words[start:]
        case 2:
            at = chance.integer(0, len(words) - 1)
            return [words[at] if i == start else words[start] if i == at else word for i, word in enumerate(words)]
        case 3:
            return [*words[:start], chance.choice(words), *words[start + 1 :]]
        case 4:
            return [*words[:start], chance.choice(ODD_TOKENS), *words[start + 1 :]]
        case 5:
            return [*words[:start], chance.choice(ODD_TOKENS), *words[start:]]
        case 6:
            return words[:start]
        case _:
            other = tokens(chance.choice(others)) or ["x"]
            return words[:start] + other[chance.integer(0, len(other) - 1) :]
