"""Requests made to hold a gateway up: each is short, or cheap to send, and would be dear to answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from bench.gateway.many_plans import compose_or_raise, fragments, many_plans_subgraphs, operation_of_depth
from gateway.composition import Subgraph

_LINK: Final = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n'
_TYPES: Final = 150


def hostile_graph() -> str:
    """The graph of many plans, with an interface of very many types that two subgraphs know, and input that nests."""
    return compose_or_raise(
        [*many_plans_subgraphs(), *(Subgraph(f"w{n}", f"http://w{n}.invalid", _wide(n)) for n in (0, 1))]
    )


def _wide(number: int) -> str:
    fields = "id: ID! next: Thing @shareable name: String @shareable"
    types = " ".join(
        f'type T{n} implements Thing @key(fields: "id") {{ {fields} own{number}x{n}: Int }}' for n in range(_TYPES)
    )
    query = "things(ids: [ID!], like: Like): [Thing]" if number else "thing: Thing"
    return (
        f"{_LINK} type Query {{ {query} }} input Like {{ name: String any: [Like!] }} "
        f"interface Thing {{ id: ID! next: Thing name: String }} {types}"
    )


def hostile_requests() -> Iterator[tuple[str, bytes]]:
    """What each is called, and its body."""
    for name, query in _queries():
        yield name, orjson.dumps({"query": query})
    many = " ".join(f"query Q{n} {{ node {{ f0 }} }}" for n in range(1_600))
    yield "1,600 operations", orjson.dumps({"query": many, "operationName": "Q7"})
    yield "100,000 variables", _with_variables("{ node { f0 } }", {str(n): n for n in range(100_000)})
    yield (
        "list of 200,000 as variable",
        _with_variables("query ($ids: [ID!]) { things(ids: $ids) { id } }", {"ids": ["a"] * 200_000}),
    )
    yield (
        "variable of 20,000 objects",
        _with_variables(
            "query ($like: Like) { things(like: $like) { id } }", {"like": {"any": [{"any": [{"name": "a"}]}] * 10_000}}
        ),
    )
    yield (
        "JSON nested deeply",
        b'{"query": "{ node { f0 } }", "variables": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}",
    )


def _with_variables(query: str, variables: dict[str, object]) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


def _queries() -> Iterator[tuple[str, str]]:
    yield "fragments for millions", fragments()
    yield "fragments that merge", _merging_fragments(20)
    yield "plans without number", operation_of_depth(5)
    yield "nested 50 deep", _nested(50)
    yield "nested 3,000 deep", _nested(3_000)
    yield "90,000 aliases", _node(f"a{n}: f0" for n in range(90_000))
    yield "2,900 aliases", _node(f"a{n}: f0" for n in range(2_900))
    yield "2,900 introspections", "{ " + " ".join(f"a{n}: __typename" for n in range(2_900)) + " }"
    yield (
        "90 schemas",
        "{ " + " ".join(f"a{n}: __schema {{ types {{ name fields {{ name }} }} }}" for n in range(90)) + " }",
    )
    yield "1,000 schemas", "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(1_000)) + " }"
    yield "1,800 fragments", _spread(1_800) + " ".join(f"fragment F{n} on Node {{ f0 }}" for n in range(1_800))
    yield (
        "1,500 fragments in a row",
        "{ node { ...F0 } } "
        + " ".join(f"fragment F{n} on Node {{ {f'...F{n + 1}' if n < 1_500 else 'f0'} }}" for n in range(1_501)),
    )
    yield (
        "fields that overlap",
        _spread(150)
        + " ".join(f"fragment F{n} on Node {{ n0 {{ n1 {{ n2 {{ f{n % 7} a{n}: f3 }} }} }} }}" for n in range(150)),
    )
    yield "one field 190 times", _node("n0 { n1 { f0 f1 f2 } }" for _ in range(190))
    yield "150 conditions", _conditions(150)
    yield "all of 150 types", "{ thing { next { " + " ".join(_on_types()) + " } } }"
    yield "a list of 14,000", "{ things(ids: [" + ",".join(f'"{n}"' for n in range(14_000)) + "]) { id } }"
    yield "a list of 40,000", "{ things(ids: [" + ",".join("1" for _ in range(40_000)) + "]) { id } }"
    yield "lists nested deeply", "{ things(ids: " + "[" * 5_000 + "]" * 5_000 + ") { id } }"
    yield "2,500 variables declared", "query (" + " ".join(f"$v{n}: Int" for n in range(2_500)) + ") { node { f0 } }"
    yield "14,000 unknown fields", _node(f"u{n}" for n in range(14_000))
    yield "a name of 190 kB", _node(["n" * 190_000])
    yield "a string of 190 kB", '{ things(ids: ["' + "a" * 190_000 + '"]) { id } }'
    yield "a comment of 190 kB", "#" + "a" * 190_000 + "\n{ node { f0 } }"
    yield "a string of 1 MB", '{ things(ids: ["' + "a" * 1_000_000 + '"]) { id } }'
    yield "commas, 1.9 MB", "{ node { f0 } }" + "," * 1_900_000
    yield "10,000 comments", "#\n" * 10_000 + "{ node { f0 } }"


def _node(fields: Iterator[str] | list[str]) -> str:
    return "{ node { " + " ".join(fields) + " } }"


def _nested(depth: int) -> str:
    return "{ node " + "{ n0 " * depth + "{ f0 }" + " }" * depth + " }"


def _spread(count: int) -> str:
    return _node(f"...F{n}" for n in range(count)) + " "


def _merging_fragments(levels: int) -> str:
    text = f"{{ node {{ ...A0 ...B0 }} }} fragment A{levels} on Node {{ f0 }} fragment B{levels} on Node {{ f1 }} "
    for n in range(levels):
        for name, link in (("A", "n1"), ("B", "n2")):
            below = f"...A{n + 1} ...B{n + 1}"
            text += f"fragment {name}{n} on Node {{ x: n0 {{ {below} }} y{name}: {link} {{ {below} }} }} "
    return text


def _conditions(count: int) -> str:
    declared = " ".join(f"$v{n}: Boolean = true" for n in range(count))
    fields = " ".join(f"f0 @include(if: $v{n}) a{n}: n0 @skip(if: $v{n}) {{ f0 f1 }}" for n in range(count))
    return f"query ({declared}) {{ node {{ {fields} }} }}"


def _on_types() -> Iterator[str]:
    for n in range(_TYPES):
        yield f"... on T{n} {{ own0x{n} own1x{n} next {{ name next {{ ... on T{n} {{ own1x{n} }} }} }} }}"
