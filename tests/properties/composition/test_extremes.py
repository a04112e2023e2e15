"""Deep, long, many: input that no person writes is answered with codes or composed, never with a crash."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gateway.composition import Subgraph
from tests.properties.composition.support import sound

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
    ' import: ["@key", "@requires", "@provides", "@external", "@shareable", "@context", "@fromContext", "@policy"])\n'
)
DEPTHS = (8, 200, *(pytest.param(depth, marks=pytest.mark.slow) for depth in (50, 100, 150, 300, 1000, 3000)))


def _nested_set(depth: int) -> str:
    return "a { " * depth + "id" + " }" * depth


def _document(sdl: str) -> list[str]:
    return [LINK + sdl]


def _lists(n: int) -> list[str]:
    return _document(f"type Query {{ a: {'[' * n}Int{']' * n} }}")


def _list_default(n: int) -> list[str]:
    return _document(f"type Query {{ a(x: {'[' * min(n, 60)}Int{']' * min(n, 60)} = {'[' * n}{']' * n}): Int }}")


def _object_default(n: int) -> list[str]:
    return _document(f"input I {{ i: I x: Int }} type Query {{ a(x: I = {'{i: ' * n}{{x: 1}}{'}' * n}): Int }}")


def _scalar_default(n: int) -> list[str]:
    return _document(f"scalar Any type Query {{ a(x: Any = {'[' * n}{']' * n}): Int }}")


def _directive_value(n: int) -> list[str]:
    return _document(f"scalar Any directive @d(x: Any) on OBJECT type Query @d(x: {'[' * n}{']' * n}) {{ a: Int }}")


def _key(n: int) -> list[str]:
    fields = json.dumps(_nested_set(n))
    return _document(f"type Query {{ a: A }} type A @key(fields: {fields}) {{ id: ID! a: A! }}")


def _requires(n: int) -> list[str]:
    fields = json.dumps(_nested_set(n))
    a = f'type A @key(fields: "id") {{ id: ID! a: A @external x: Int @requires(fields: {fields}) }}'
    return [f"{LINK}type Query {{ a: A }} {a}", LINK + 'type A @key(fields: "id") { id: ID! a: A }']


def _provides(n: int) -> list[str]:
    a = f"type Query {{ q: A @provides(fields: {json.dumps(_nested_set(n))}) }}"
    b = LINK + 'type A @key(fields: "id") { id: ID! a: A @shareable }'
    return [*_document(f'{a} type A @key(fields: "id") {{ id: ID! a: A @external }}'), b]


def _from_context(n: int) -> list[str]:
    field = json.dumps("$c { " + _nested_set(n) + " }")
    return _document(
        f'type Query {{ a: A }} type A @key(fields: "id") @context(name: "c") {{ id: ID! a: A b: B }}'
        f' type B @key(fields: "id") {{ id: ID! x(y: ID @fromContext(field: {field})): Int }}'
    )


def _interfaces(n: int) -> list[str]:
    """A tower of interfaces, each of which implements all below it; the text grows with the square."""
    names = [f"I{i}" for i in range(min(n, 40))]
    heads = [f"implements {' & '.join(names[:i])}" if i else "" for i in range(len(names))]
    tower = " ".join(f"interface {name} {head} {{ a: Int }}" for name, head in zip(names, heads, strict=True))
    return _document(f"{tower} type T implements {' & '.join(names)} {{ a: Int }} type Query {{ t: {names[-1]} }}")


def _chain(n: int) -> list[str]:
    """Entities in a row, the links of which are in two subgraphs by turns."""
    n = min(n, 400)
    parts = ["", ""]
    for i in range(n):
        parts[i % 2] += f'type T{i} @key(fields: "id") {{ id: ID! next: T{i + 1} }} '
        parts[i % 2] += f'type T{i + 1} @key(fields: "id", resolvable: false) {{ id: ID! }} ' if i == n - 1 else ""
        parts[i % 2] += f'type T{i + 1} @key(fields: "id") {{ id: ID! }} ' if i < n - 1 else ""
    return [LINK + parts[0] + " type Query { t: T0 }", LINK + parts[1] + " type X { x: Int }"]


def _values(n: int) -> list[str]:
    rows = " ".join(f"type V{i} {{ next: V{i + 1} }}" for i in range(n))
    return _document(f"{rows} type V{n} {{ a: Int }} type Query {{ v: V0 }}")


def _inputs(n: int) -> list[str]:
    rows = " ".join(f"input V{i} {{ next: V{i + 1} }}" for i in range(n))
    return _document(f"{rows} input V{n} {{ a: Int }} type Query {{ v(x: V0): Int }}")


def _requires_row(n: int) -> list[str]:
    """Each field requires the one before, which the other subgraph has."""
    n = min(n, 120)
    parts = ["", ""]
    for i in range(1, n):
        here, before = i % 2, (i - 1) % 2
        parts[here] += f' f{i}: Int @requires(fields: "f{i - 1}") f{i - 1}: Int @external'
        assert here != before
    head = 'type A @key(fields: "id") { id: ID! '
    return [LINK + head + "f0: Int " + parts[0] + "} type Query { a: A }", LINK + head + parts[1] + "}"]


def _names(n: int) -> list[str]:
    name = "n" * n * 50
    return _document(f"type Query {{ {name}: {name} }} type {name} {{ {name}({name}: Int): Int }}")


def _keys(n: int) -> list[str]:
    n = min(n, 100)
    keys = "".join(f' @key(fields: "k{i}")' for i in range(n))
    fields = " ".join(f"k{i}: ID!" for i in range(n))
    return [f"{LINK} type Query {{ t{s}: T }} type T {keys} {{ {fields} own{s}: Int }}" for s in range(4)]


def _scopes(n: int) -> list[str]:
    """Every subgraph demands one of several policies: all combinations would be too many."""
    rows = ", ".join(f'["{{s}}p{i}"]' for i in range(min(n, 30)))
    return [
        LINK + "type Query { a: Int @shareable @policy(policies: [" + rows.replace("{s}", str(s)) + "]) }"
        for s in range(6)
    ]


def _numbers(n: int) -> list[str]:
    return _document(
        f"type Query {{ a(x: Int = {'9' * n * 10}, y: Float = 1e{'9' * n}, z: ID = {'9' * n * 10}): Int }}"
    )


SHAPES = (
    _lists, _list_default, _object_default, _scalar_default, _directive_value, _key, _requires, _provides,
    _from_context, _interfaces, _chain, _values, _inputs, _requires_row, _names, _keys, _scopes, _numbers,
)  # fmt: skip


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.strip("_"))
def test_extremes(shape: Callable[[int], list[str]], depth: int) -> None:
    """A result comes out."""
    sound([Subgraph(f"s{i}", "", sdl) for i, sdl in enumerate(shape(depth))])
